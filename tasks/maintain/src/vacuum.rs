//! `maintain vacuum`: every table of the lake, and what killed downloads left.

use anyhow::{Context, ensure};
use lakehouse::{Lake, Vacuum, Vacuumed, tables};
use task::{CommonArgs, Report, Task};

use crate::arguments::{Maintain, VacuumArgs};
use crate::downloads;

pub(crate) async fn vacuum(common: &CommonArgs, args: &VacuumArgs) -> anyhow::Result<Report> {
    let lake = Lake::open(&common.lake)?;
    let vacuum = Vacuum {
        retention: args.retention_days.into(),
        dry_run: args.dry_run,
        task: Maintain::NAME,
        revision: task::REVISION,
    };
    let mut tally = Tally { verb: if args.dry_run { "to_remove" } else { "removed" }, ..Tally::default() };
    for table in tables::NAMES {
        match lake.vacuum(table, &vacuum).await {
            Ok(Some(vacuumed)) => tally.add(table, &vacuumed),
            Ok(None) => {}
            // The others are no worse for it.
            Err(error) => tally.fail(table, &error.into()),
        }
    }
    let downloads = common.scratch(&lake).join(downloads::FOLDER);
    let parts = downloads::remove_killed(&downloads, vacuum.retention, args.dry_run).with_context(|| {
        format!("cannot clean up {}: check its owner and permissions", downloads.display())
    })?;
    tally.add(downloads::FOLDER, &parts);
    tally.report()
}

/// What was done so far.
#[derive(Default)]
struct Tally {
    /// What became of the files, as the metrics say it.
    verb: &'static str,
    files: usize,
    bytes: u64,
    report: Report,
    failed: Vec<&'static str>,
}

impl Tally {
    fn add(&mut self, place: &str, vacuumed: &Vacuumed) {
        let Vacuumed { files, bytes } = vacuumed;
        for file in files {
            tracing::debug!(place, file, "{}", self.verb);
        }
        tracing::info!(place, files = files.len(), bytes, "{}", self.verb);
        self.files += files.len();
        self.bytes += bytes;
        self.report.metric(format!("files_{}.{place}", self.verb), figure(files.len() as u64));
    }

    fn fail(&mut self, table: &'static str, error: &anyhow::Error) {
        let error = format!("{error:#}").replace('\n', " ");
        tracing::warn!(table, error, "the table was not vacuumed; the others are");
        self.failed.push(table);
    }

    fn report(mut self) -> anyhow::Result<Report> {
        let failed = self.failed.join(", ");
        ensure!(failed.is_empty(), "not vacuumed: {failed}; the warnings above say why");
        self.report.metric(format!("files_{}", self.verb), figure(self.files as u64));
        self.report.metric(format!("bytes_{}", self.verb), figure(self.bytes));
        Ok(self.report)
    }
}

#[allow(clippy::cast_precision_loss, reason = "numbers of files and bytes are far below 2^52")]
fn figure(number: u64) -> f64 {
    number as f64
}
