//! Parses and checks the bronze rows, sets invalid ones aside with a reason, and writes the silver tables.
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
use lakehouse::{LakehouseError, Snapshot, Table, TableSpec, UntypedWriter};
use task::{CommonArgs, Report, Run, Step};

use crate::quarantine::Quarantine;
use crate::ratings::RatingsCleaner;
pub use crate::reason::Reason;
use crate::stats::Statistics;

/// Parses and checks the bronze rows of a run, sets invalid ones aside with a reason, and writes the silver tables.
#[derive(Debug, clap::Parser)]
#[command(name = "clean", version = task::REVISION)]
pub struct Clean {
    #[command(flatten)]
    common: CommonArgs,
}

impl Step for Clean {
    const NAME: &'static str = "clean";
    const INPUT: Option<&'static TableSpec> = Some(BronzeRatings::SPEC);
    /// A version of the ratings means that movies and rejected rows are there; their statistics follow.
    const OUTPUTS: &'static [&'static TableSpec] =
        &[SilverMovies::SPEC, SilverRejected::SPEC, SilverRatings::SPEC, SilverStats::SPEC];

    fn common(&self) -> &CommonArgs {
        &self.common
    }

    async fn work(&self, run: &Run) -> anyhow::Result<Option<Vec<UntypedWriter>>> {
        let bronze_ratings = run.read::<BronzeRatings>().await?;
        let bronze_movies = run.read::<BronzeMovies>().await?;
        let bronze_links = run.read::<BronzeLinks>().await?;
        let bronze_feedback = feedback_of(run).await?;
        let events = bronze_feedback.as_ref().map_or(0, Snapshot::rows);

        let mut quarantine = Quarantine::begin(run).await?;
        let mut catalogue = movies::read(&bronze_movies, &mut quarantine).await?;
        links::read(&bronze_links, &mut catalogue, &mut quarantine).await?;
        let movies = movies::write(&catalogue, run).await?;

        let mut cleaner = RatingsCleaner::new(run.lake().root(), &catalogue, &bronze_ratings, events)?;
        cleaner.add_ratings(&bronze_ratings, &mut quarantine).await?;
        if let Some(feedback) = &bronze_feedback {
            cleaner.add_feedback(feedback, &mut quarantine).await?;
        }
        let mut statistics = Statistics::default();
        let ratings = cleaner.into_partitions()?.write_latest(run, &mut quarantine, &mut statistics).await?;

        let rated = [(BronzeRatings::NAME, bronze_ratings.rows()), (BronzeFeedback::NAME, events)];
        check_conservation(&rated, ratings.rows(), &quarantine)?;
        check_conservation(&[(BronzeMovies::NAME, bronze_movies.rows())], movies.rows(), &quarantine)?;
        ensure!(ratings.rows() > 0, nothing_valid(bronze_ratings.rows(), &quarantine));

        let stats = stats::write(&statistics.values(catalogue.len(), &quarantine.summary()), run).await?;
        let rejected = quarantine.into_writer().await?;
        Ok(Some(vec![movies.untyped(), rejected.untyped(), ratings.untyped(), stats.untyped()]))
    }

    async fn describe(&self, run: &Run, mut report: Report) -> anyhow::Result<Report> {
        let values = silver_stats::of_run(&run.read::<SilverStats>().await?, run.id()).await?;
        stats::report(&values, &mut report);
        Ok(report)
    }
}

/// All feedback up to what the run took in. A run that an older release began has none.
async fn feedback_of(run: &Run) -> Result<Option<Snapshot<BronzeFeedback>>, LakehouseError> {
    match run.lake().version_of::<BronzeFeedback>(run.id()).await? {
        Some(version) => run.read_at(version).await.map(Some),
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
