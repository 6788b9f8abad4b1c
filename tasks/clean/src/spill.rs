//! Ratings on their way from bronze to silver, partitioned by user on disk.
//!
//! Of the ratings of one user and movie only the latest may stay, wherever in the input they stand. Holding
//! all ratings would cost memory without bound, so they are spread over files by user; each file then
//! holds all ratings of its users and is read in pieces, of which only what may still count is kept. The files have no
//! name: whatever ends the process, the system removes them.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::Context;
use contract::preference::Statement;

use crate::record;
use crate::spelling::Spelling;

/// Ratings per file: about 5 MB of memory.
const RATINGS_PER_FILE: u64 = 65_536 * 2;
/// More open files than this meet the limits of the system. A billion ratings are some 25 MB in each.
const MOST_FILES: u64 = 768;
/// What a rating takes in a file at least, but for hostile ones.
const USUAL_BYTES: usize = 12;

/// The `file` of an event of feedback, which comes from the database.
pub(crate) const FEEDBACK: u16 = u16::MAX;

/// A rating that passed every check of its own, or its being taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rating<'a> {
    pub(crate) user_id: i64,
    pub(crate) movie_id: i64,
    /// Microseconds since 1970.
    pub(crate) rated_at: i64,
    /// The line in the file; the id of an event.
    pub(crate) line: i64,
    /// 0: taken back, events only.
    pub(crate) half_stars: u8,
    /// Index of the source file, or [`FEEDBACK`].
    pub(crate) file: u16,
    /// The row as it was, for the quarantine.
    pub(crate) spelling: Spelling<'a>,
}

impl Rating<'_> {
    /// Whether it is an event of feedback and not a row of the data set.
    pub(crate) fn is_feedback(&self) -> bool {
        self.file == FEEDBACK
    }

    /// As what it counts beside others of its user and movie.
    pub(crate) fn statement(&self) -> Statement {
        let &Self { rated_at, line, .. } = self;
        if self.is_feedback() {
            Statement::Event { rated_at, feedback_id: line }
        } else {
            Statement::Row { rated_at, line }
        }
    }
}

/// Files of ratings by user.
pub(crate) struct Spill {
    files: Vec<BufWriter<File>>,
    folder: PathBuf,
}

impl Spill {
    /// Nameless files in `folder`, as many as `rows` ratings need.
    pub(crate) fn new(folder: &Path, rows: u64) -> anyhow::Result<Self> {
        let count = (rows / RATINGS_PER_FILE + 1).min(MOST_FILES);
        let open = || tempfile::tempfile_in(folder).map(|file| BufWriter::with_capacity(1 << 16, file));
        let files = (0..count)
            .map(|_| open())
            .collect::<Result<_, _>>()
            .with_context(|| format!("cannot create a temporary file in {}", folder.display()))?;
        Ok(Self { files, folder: folder.to_owned() })
    }

    pub(crate) fn push(&mut self, rating: Rating<'_>) -> anyhow::Result<()> {
        let files = self.files.len() as u64;
        let file = usize::try_from(rating.user_id.unsigned_abs() % files)?;
        record::write(&mut self.files[file], &rating).with_context(|| {
            format!("cannot write a temporary file in {}; free space there", self.folder.display())
        })
    }

    /// Ends writing. The files are then read one after the other.
    pub(crate) fn into_partitions(self) -> anyhow::Result<Vec<Partition>> {
        self.files.into_iter().map(Partition::new).collect()
    }
}

/// Bytes that are read at a time: more than a file has, unless the data set is huge or a user without end.
const PIECE: usize = 32 << 20;

/// All ratings of some users.
pub(crate) struct Partition {
    file: File,
    /// Read, and not yet given up.
    bytes: Vec<u8>,
}

impl Partition {
    fn new(file: BufWriter<File>) -> anyhow::Result<Self> {
        let mut file = file
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)
            .context("cannot write a temporary file")?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Self { file, bytes: Vec::new() })
    }

    /// Reads a piece more behind what was [kept](Self::keep); false once all has been read. The pieces grow with what is
    /// kept, so that nothing is kept too often.
    pub(crate) fn read_on(&mut self) -> anyhow::Result<bool> {
        let wanted = PIECE.max(self.bytes.len());
        self.bytes.reserve(wanted);
        let piece = Read::by_ref(&mut self.file).take(wanted as u64);
        let read = { piece }.read_to_end(&mut self.bytes).context("cannot read a temporary file back")?;
        Ok(read == wanted)
    }

    /// The ratings read and not given up, and the bytes behind them: the beginning of one that was not read whole.
    pub(crate) fn ratings(&self) -> anyhow::Result<(Vec<Rating<'_>>, &[u8])> {
        ratings(&self.bytes)
    }

    /// Gives up everything but `kept` (see [`record::write`]).
    pub(crate) fn keep(&mut self, kept: Vec<u8>) {
        self.bytes = kept;
    }
}

/// Decodes ratings as far as they are whole.
fn ratings(bytes: &[u8]) -> anyhow::Result<(Vec<Rating<'_>>, &[u8])> {
    let mut ratings = Vec::with_capacity(bytes.len() / USUAL_BYTES);
    let mut rest = bytes;
    while let Some(rating) = record::read(&mut rest)? {
        ratings.push(rating);
    }
    Ok((ratings, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ratings_of_a_user_come_back_whole_in_one_partition() {
        let folder = tempfile::tempdir().unwrap();
        let mut spill = Spill::new(folder.path(), 1_000_000).unwrap();
        assert!(spill.files.len() > 2);
        let raw: Vec<String> = (0..1000).map(|line| format!("é{line}")).collect();
        for line in 0..1000 {
            let rating = Rating {
                user_id: line % 10,
                movie_id: line,
                rated_at: -line,
                line,
                half_stars: 7,
                file: 3,
                spelling: Spelling::Other(&raw[usize::try_from(line).unwrap()]),
            };
            spill.push(rating).unwrap();
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the files have no name");
        let mut lines = 0;
        let mut owner = std::collections::BTreeMap::new();
        for (partition, mut file) in spill.into_partitions().unwrap().into_iter().enumerate() {
            assert!(!file.read_on().unwrap(), "less than a piece");
            let (ratings, rest) = file.ratings().unwrap();
            assert!(rest.is_empty());
            for rating in ratings {
                lines += 1;
                assert_eq!(
                    (rating.spelling, rating.rated_at),
                    (Spelling::Other(&format!("é{}", rating.line)), -rating.line)
                );
                assert_eq!(*owner.entry(rating.user_id).or_insert(partition), partition);
            }
        }
        assert_eq!(lines, 1000);
    }
}
