//! Raw little-endian arrays: the ratings as they come, the factors as they go and come back.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use als::{Config, Factors, Index, Model, MovieIdx, Ratings, Values};

use crate::arguments::Arguments;
use crate::{Outcome, emit};

/// The ratings in the folder that was named.
pub(crate) fn ratings(arguments: &Arguments) -> Outcome<Ratings> {
    let folder = arguments.folder()?;
    let movies = arguments.text("movies").ok_or("say how many movies there are: --movies")?.parse()?;
    let offsets: Vec<_> = read(&folder.join("offsets.u64"), u64::from_le_bytes)?;
    let offsets = offsets.into_iter().map(usize::try_from).collect::<Result<_, _>>()?;
    let columns: Vec<_> = read(&folder.join("columns.u32"), |bytes| MovieIdx(u32::from_le_bytes(bytes)))?;
    let values: Vec<_> = read(&folder.join("values.f32"), f32::from_le_bytes)?;
    Ok(Ratings::from_csr(movies, offsets, columns, Values::of(&values)?)?)
}

/// Writes factors and biases of both sides, and prints the global mean.
pub(crate) fn dump(model: &Model, folder: &Path) -> Outcome<()> {
    fs::create_dir_all(folder)?;
    write(&folder.join("users.f32"), model.users().values())?;
    write(&folder.join("movies.f32"), model.movies().values())?;
    write(&folder.join("user_biases.f32"), model.users().biases())?;
    write(&folder.join("movie_biases.f32"), model.movies().biases())?;
    emit(&format!(r#"{{"global_mean":{}}}"#, model.global_mean()));
    Ok(())
}

/// A model of dumped factors, without a global mean.
pub(crate) fn dumped(config: Config, folder: &Path) -> Outcome<Model> {
    let users = side(config.rank, folder, "users.f32", "user_biases.f32")?;
    let movies = side(config.rank, folder, "movies.f32", "movie_biases.f32")?;
    Ok(Model::from_parts(config, 0.0, users, movies)?)
}

fn side<Row: Index>(rank: usize, folder: &Path, factors: &str, biases: &str) -> Outcome<Factors<Row>> {
    let factors = read(&folder.join(factors), f32::from_le_bytes)?;
    let biases = read(&folder.join(biases), f32::from_le_bytes)?;
    Ok(Factors::from_parts(rank, factors, biases)?)
}

/// Reads numbers of `N` bytes. They are streamed, for the file beside the array would count as memory in use.
fn read<T, Numbers: FromIterator<T>, const N: usize>(
    path: &Path,
    number: impl Fn([u8; N]) -> T,
) -> Outcome<Numbers> {
    let named = |error| format!("{}: {error}", path.display());
    let file = File::open(path).map_err(named)?;
    let bytes = usize::try_from(file.metadata()?.len())?;
    let mut file = BufReader::with_capacity(1 << 20, file);
    let next = |_| {
        let mut buffer = [0; N];
        file.read_exact(&mut buffer).map_err(named)?;
        Ok(number(buffer))
    };
    (0..bytes / N).map(next).collect()
}

/// Writes an array.
pub(crate) fn write(path: &Path, numbers: &[f32]) -> Outcome<()> {
    let mut file =
        BufWriter::new(File::create(path).map_err(|error| format!("{}: {error}", path.display()))?);
    for number in numbers {
        file.write_all(&number.to_le_bytes())?;
    }
    Ok(file.flush()?)
}
