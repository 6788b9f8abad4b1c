//! Types and checks the bronze rows, quarantines what fails, and writes the silver tables.
//!
//! Conservation law, checked at every run: each row of `bronze/ratings` ends either in `silver/ratings` or,
//! with a reason, in `silver/rejected`; the same holds for movies and links.

mod fields;
mod links;
mod movies;
mod quarantine;
mod ratings;
mod reason;
mod spill;
mod stats;
mod title;

use anyhow::{Context, ensure};
use lakehouse::tables::{
    BronzeLinks, BronzeMovies, BronzeRatings, SilverMovies, SilverRatings, SilverRejected, SilverStats,
};
use lakehouse::{Committed, Lake, Provenance, Table};
use task::{CommonArgs, Report, Task};

use crate::quarantine::Quarantine;
use crate::ratings::RatingsCleaner;
pub use crate::reason::Reason;
use crate::stats::Statistics;

/// Types and checks the bronze rows of a run, quarantines what fails, writes the silver tables.
#[derive(Debug, clap::Parser)]
#[command(name = "clean", version = task::REVISION)]
pub struct Clean {
    #[command(flatten)]
    common: CommonArgs,
}

impl Task for Clean {
    const NAME: &'static str = "clean";

    fn common(&self) -> &CommonArgs {
        &self.common
    }

    async fn run(self) -> anyhow::Result<Report> {
        let lake = Lake::open(&self.common.lake)?;
        let run_id = lake.resolve_run::<BronzeRatings>(self.common.run_id()?).await?;
        let by = Provenance { run_id, task: Self::NAME, revision: task::REVISION, inputs: String::new() };
        match already_done(&lake, &by.run_id).await? {
            Some(report) => Ok(report),
            None => clean(&lake, &by).await,
        }
    }
}

/// The report of an earlier attempt that committed everything.
async fn already_done(lake: &Lake, run_id: &str) -> anyhow::Result<Option<Report>> {
    let mut report = Report::of_run(run_id);
    for committed in [
        lake.committed::<SilverMovies>(run_id).await?,
        lake.committed::<SilverRejected>(run_id).await?,
        lake.committed::<SilverRatings>(run_id).await?,
        lake.committed::<SilverStats>(run_id).await?,
    ] {
        let Some(committed) = committed else { return Ok(None) };
        add(&mut report, committed);
    }
    Ok(Some(report))
}

async fn clean(lake: &Lake, by: &Provenance) -> anyhow::Result<Report> {
    let bronze_ratings = lake.written_by::<BronzeRatings>(&by.run_id).await?;
    let bronze_movies = lake.written_by::<BronzeMovies>(&by.run_id).await?;
    let bronze_links = lake.written_by::<BronzeLinks>(&by.run_id).await?;

    let mut quarantine = Quarantine::begin(lake, by).await?;
    let mut catalogue = movies::read(&bronze_movies, &mut quarantine).await?;
    links::read(&bronze_links, &mut catalogue, &mut quarantine).await?;
    let movies = movies::write(&catalogue, lake, by).await?;

    let cleaner = RatingsCleaner::new(lake.root(), &catalogue, &bronze_ratings)?;
    let partitions = cleaner.partition(&bronze_ratings, &mut quarantine).await?;
    let mut statistics = Statistics::default();
    let ratings = partitions.write_latest(lake, by, &mut quarantine, &mut statistics).await?;

    check_conservation::<BronzeRatings>(bronze_ratings.rows(), ratings.rows(), &quarantine)?;
    check_conservation::<BronzeMovies>(bronze_movies.rows(), movies.rows(), &quarantine)?;
    ensure!(ratings.rows() > 0, nothing_valid(bronze_ratings.rows(), &quarantine));

    let rejected = quarantine.summary();
    let stats = statistics.write(lake, by, catalogue.len(), &rejected).await?;
    let mut report = Report::of_run(&by.run_id);
    for (reason, rows) in rejected {
        report.metric(format!("rejected.{reason}"), stats::float(rows));
    }
    // The ratings come last but for their statistics: a version of them means that the rest is there.
    add(&mut report, movies.commit().await?);
    add(&mut report, quarantine.commit().await?);
    add(&mut report, ratings.commit().await?);
    add(&mut report, stats.commit().await?);
    Ok(report)
}

fn add(report: &mut Report, committed: Committed) {
    report.table(committed.table, committed.version, committed.rows, committed.already);
}

fn check_conservation<B: Table>(bronze: u64, silver: u64, quarantine: &Quarantine) -> anyhow::Result<()> {
    let rejected = quarantine.rows_of(B::NAME);
    ensure!(
        bronze == silver + rejected,
        "{} has {bronze} rows but {silver} reached silver and {rejected} were rejected: this is a bug, \
         nothing was committed",
        B::NAME
    );
    Ok(())
}

fn nothing_valid(rows: u64, quarantine: &Quarantine) -> String {
    let reasons: Vec<_> =
        quarantine.summary().into_iter().map(|(reason, rows)| format!("{reason}: {rows}")).collect();
    format!(
        "none of the {rows} rows of bronze/ratings is valid ({}): check the input file; silver is unchanged",
        reasons.join(", ")
    )
}

/// Wraps an error of a bronze row reader with the table it was reading.
fn reading<B: Table>() -> String {
    format!("while cleaning {}", B::NAME)
}

pub(crate) trait Reading<T> {
    fn reading<B: Table>(self) -> anyhow::Result<T>;
}

impl<T, E> Reading<T> for Result<T, E>
where
    Result<T, E>: Context<T, E>,
{
    fn reading<B: Table>(self) -> anyhow::Result<T> {
        self.with_context(reading::<B>)
    }
}
