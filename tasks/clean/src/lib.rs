//! Types and checks the bronze rows, quarantines what fails, and writes the silver tables.
//!
//! Conservation law, checked at every run: each row of `bronze/ratings` and each event of `bronze/feedback` ends either
//! in `silver/ratings` or, with a reason, in `silver/rejected`; the same holds for movies and links.

mod feedback;
mod fields;
mod latest;
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
    BronzeFeedback, BronzeLinks, BronzeMovies, BronzeRatings, SilverMovies, SilverRatings, SilverRejected,
    SilverStats, silver_stats,
};
use lakehouse::{Committed, Lake, LakehouseError, Provenance, Snapshot, Table};
use task::{CommonArgs, Report, Task, Written};

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
        task::log_run(&run_id);
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
    let Some(stats) = lake.committed::<SilverStats>(run_id).await? else { return Ok(None) };
    for committed in [
        lake.committed::<SilverMovies>(run_id).await?,
        lake.committed::<SilverRejected>(run_id).await?,
        lake.committed::<SilverRatings>(run_id).await?,
        Some(stats),
    ] {
        let Some(committed) = committed else { return Ok(None) };
        add(&mut report, committed);
    }
    let values = silver_stats::of_run(&lake.at::<SilverStats>(stats.version).await?, run_id).await?;
    stats::report(&values, &mut report);
    Ok(Some(report))
}

async fn clean(lake: &Lake, by: &Provenance) -> anyhow::Result<Report> {
    let bronze_ratings = lake.written_by::<BronzeRatings>(&by.run_id).await?;
    let bronze_movies = lake.written_by::<BronzeMovies>(&by.run_id).await?;
    let bronze_links = lake.written_by::<BronzeLinks>(&by.run_id).await?;
    let bronze_feedback = feedback_of(lake, &by.run_id).await?;
    let events = bronze_feedback.as_ref().map_or(0, Snapshot::rows);

    let mut quarantine = Quarantine::begin(lake, by).await?;
    let mut catalogue = movies::read(&bronze_movies, &mut quarantine).await?;
    links::read(&bronze_links, &mut catalogue, &mut quarantine).await?;
    let movies = movies::write(&catalogue, lake, by).await?;

    let mut cleaner = RatingsCleaner::new(lake.root(), &catalogue, &bronze_ratings, events)?;
    cleaner.add_ratings(&bronze_ratings, &mut quarantine).await?;
    if let Some(feedback) = &bronze_feedback {
        cleaner.add_feedback(feedback, &mut quarantine).await?;
    }
    let mut statistics = Statistics::default();
    let ratings = cleaner.into_partitions()?.write_latest(lake, by, &mut quarantine, &mut statistics).await?;

    let rated = [(BronzeRatings::NAME, bronze_ratings.rows()), (BronzeFeedback::NAME, events)];
    check_conservation(&rated, ratings.rows(), &quarantine)?;
    check_conservation(&[(BronzeMovies::NAME, bronze_movies.rows())], movies.rows(), &quarantine)?;
    ensure!(ratings.rows() > 0, nothing_valid(bronze_ratings.rows(), &quarantine));

    let values = statistics.values(catalogue.len(), &quarantine.summary());
    let stats = stats::write(&values, lake, by).await?;
    let mut report = Report::of_run(&by.run_id);
    stats::report(&values, &mut report);
    // The ratings come last but for their statistics: a version of them means that the rest is there.
    add(&mut report, movies.commit().await?);
    add(&mut report, quarantine.commit().await?);
    add(&mut report, ratings.commit().await?);
    add(&mut report, stats.commit().await?);
    Ok(report)
}

fn add(report: &mut Report, committed: Committed) {
    let Committed { table, version, rows, size, already } = committed;
    report.table(Written { table, version, rows, files: size.files, bytes: size.bytes, already });
}

/// All feedback up to what the run took in. A run that an older release began has none.
async fn feedback_of(lake: &Lake, run_id: &str) -> Result<Option<Snapshot<BronzeFeedback>>, LakehouseError> {
    match lake.version_of::<BronzeFeedback>(run_id).await? {
        Some(version) => lake.at(version).await.map(Some),
        None => Ok(None),
    }
}

/// Compares the rows of some bronze tables with those that reached the silver table made of them.
fn check_conservation(bronze: &[(&str, u64)], silver: u64, quarantine: &Quarantine) -> anyhow::Result<()> {
    let rows: u64 = bronze.iter().map(|(_, rows)| rows).sum();
    let rejected: u64 = bronze.iter().map(|(name, _)| quarantine.rows_of(name)).sum();
    let names: Vec<_> = bronze.iter().map(|(name, _)| *name).collect();
    ensure!(
        rows == silver + rejected,
        "{} have {rows} rows but {silver} reached silver and {rejected} were rejected: this is a bug, \
         nothing was committed",
        names.join(" and ")
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
