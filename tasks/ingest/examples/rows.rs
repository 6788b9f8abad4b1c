//! Reads a source and prints how many rows each table has and how fast they came: `cargo run --release
//! --example rows -- SOURCE`. With a sample and a folder, it writes the sample's CSV files there.

use std::{env, error::Error, path::Path, time::Instant};

use ingest::{DownloadOptions, Sample, Source, fetch};

#[expect(clippy::print_stdout, reason = "printing is what it is for")]
fn main() -> Result<(), Box<dyn Error>> {
    let source = Source::parse(&env::args().nth(1).ok_or("give a source")?)?;
    if let (Source::Sample(size), Some(folder)) = (&source, env::args().nth(2)) {
        return Ok(Sample::new(*size).write_csv(Path::new(&folder))?);
    }
    let options = DownloadOptions::new(env::temp_dir().join("cinelake-downloads"));
    let mut input = fetch(&source, &options, &mut |_| {})?;
    println!("content {}", input.content_hash()?);
    for table in input.tables() {
        let start = Instant::now();
        let (mut rows, mut malformed) = (0, 0);
        for batch in input.rows(table)?.into_iter().flatten() {
            let batch = batch?;
            rows += batch.len();
            malformed += batch.malformed();
        }
        let seconds = start.elapsed().as_secs_f64();
        println!("{table}: {rows} rows, {malformed} malformed, {seconds:.2} s");
    }
    Ok(())
}
