//! The skeleton of a step: what every step does around its own work, in the order in which it must be done.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use clap::Parser;
use lakehouse::{
    Lake, LakehouseError, Provenance, Snapshot, Table, TableSpec, TableWriter, UntypedWriter, Version,
};

use crate::{CommonArgs, Report, Task, WrongUsage, log_run};

/// A program that makes tables of the lake from tables of the lake, at most once per run.
///
/// An attempt opens the lake and resolves the run, settles what comes [`before`](Step::before), and then either finds that an
/// earlier attempt of the run has committed every table, or [works](Step::work) and commits them. What is reported of the run
/// is [read back](Step::describe) from the tables, so that every attempt of a run reports the same.
pub trait Step: Parser {
    /// Its name, for example `clean`.
    const NAME: &'static str;
    /// `--run-id latest` stands for the run that wrote this table last; `None` where a run begins, which needs an id of its
    /// own.
    const INPUT: Option<&'static TableSpec>;
    /// The tables that it writes, in the order in which they are committed: the last one means that the others are there.
    const OUTPUTS: &'static [&'static TableSpec];

    /// The flags that every task has.
    fn common(&self) -> &CommonArgs;

    /// Whether this is the work that the name stands for, whose figures Prometheus wants.
    fn is_step(&self) -> bool {
        true
    }

    /// Refuses flags that contradict each other.
    ///
    /// # Errors
    /// [`WrongUsage`], naming the flags.
    fn check(&self) -> Result<(), WrongUsage> {
        Ok(())
    }

    /// All that the rows depend on besides what the run itself wrote, such as flags. Attempts of a run must agree on it.
    fn inputs(&self) -> String {
        String::new()
    }

    /// What every attempt must settle first. A report ends the attempt: there is something else to do than the step's work.
    ///
    /// # Errors
    /// [`GateClosed`](crate::GateClosed), for example.
    fn before(&self, _run: &Run) -> impl Future<Output = anyhow::Result<Option<Report>>> {
        async { Ok(None) }
    }

    /// Makes the rows. Nothing is visible before all writers are returned; `None` if there is nothing to do.
    ///
    /// # Errors
    /// Anything: no table has changed then.
    fn work(&self, run: &Run) -> impl Future<Output = anyhow::Result<Option<Vec<UntypedWriter>>>>;

    /// Adds the figures of a run whose tables are all there.
    ///
    /// # Errors
    /// [`GateClosed`](crate::GateClosed) with the report, for example.
    fn describe(&self, _run: &Run, report: Report) -> impl Future<Output = anyhow::Result<Report>> {
        async { Ok(report) }
    }
}

impl<S: Step> Task for S {
    const NAME: &'static str = S::NAME;

    fn common(&self) -> &CommonArgs {
        Step::common(self)
    }

    fn is_step(&self) -> bool {
        Step::is_step(self)
    }

    async fn run(self) -> anyhow::Result<Report> {
        self.check()?;
        let run = Run::open(Step::common(&self), S::NAME, S::INPUT, self.inputs()).await?;
        if let Some(report) = self.before(&run).await? {
            return Ok(report);
        }
        let report = match run.committed(S::OUTPUTS).await? {
            Some(report) => report,
            None => match self.work(&run).await? {
                Some(writers) => run.commit(S::OUTPUTS, writers).await?,
                None => return Ok(Report::skipped(run.id())),
            },
        };
        self.describe(&run, report).await
    }
}

/// One run of the pipeline, as one of its steps sees it.
#[derive(Debug, Clone)]
pub struct Run {
    lake: Lake,
    scratch: PathBuf,
    by: Provenance,
}

impl Run {
    /// Opens the lake and finds out which run is meant; the log names it from here on.
    ///
    /// # Errors
    /// No `--run-id`, a lake that cannot be used, or no run that `latest` could stand for.
    pub async fn open(
        common: &CommonArgs,
        task: &'static str,
        input: Option<&'static TableSpec>,
        inputs: String,
    ) -> anyhow::Result<Self> {
        let lake = Lake::open(&common.lake)?;
        let run_id = match (input, common.run_id()?) {
            (Some(input), asked) => lake.table(input).resolve_run(asked).await?,
            (None, "latest") => {
                return Err(WrongUsage::new(
                    "--run-id latest is for steps that read: give the new run an id",
                )
                .into());
            }
            (None, given) => given.to_owned(),
        };
        log_run(&run_id);
        let scratch = common.scratch(&lake);
        Ok(Self { lake, scratch, by: Provenance { run_id, task, revision: crate::REVISION, inputs } })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.by.run_id
    }

    /// The lake that it reads and writes.
    #[must_use]
    pub fn lake(&self) -> &Lake {
        &self.lake
    }

    /// The folder for temporary files.
    #[must_use]
    pub fn scratch(&self) -> &Path {
        &self.scratch
    }

    /// Who commits.
    #[must_use]
    pub fn by(&self) -> &Provenance {
        &self.by
    }

    /// The same run, where only the work tells what the rows depend on.
    #[must_use]
    pub fn made_from(&self, inputs: String) -> Self {
        Self { by: Provenance { inputs, ..self.by.clone() }, ..self.clone() }
    }

    /// The version of a table that this run wrote.
    ///
    /// # Errors
    /// The run has not written it.
    pub async fn read<T: Table>(&self) -> Result<Snapshot<T>, LakehouseError> {
        self.lake.written_by(self.id()).await
    }

    /// A pinned version of a table.
    ///
    /// # Errors
    /// There is no such version.
    pub async fn read_at<T: Table>(&self, version: Version) -> Result<Snapshot<T>, LakehouseError> {
        self.lake.at(version).await
    }

    /// Begins to write the run's rows into a table.
    ///
    /// # Errors
    /// The table cannot be created or opened.
    pub async fn write<T: Table>(&self) -> Result<TableWriter<T>, LakehouseError> {
        self.lake.write(&self.by).await
    }

    /// What the run has committed, if it is all of these tables.
    ///
    /// # Errors
    /// A table cannot be read.
    pub async fn committed(&self, tables: &[&'static TableSpec]) -> anyhow::Result<Option<Report>> {
        let mut report = Report::of_run(self.id());
        for table in tables {
            match self.lake.table(table).committed(self.id()).await? {
                Some(committed) => report.table(committed),
                None => return Ok(None),
            }
        }
        Ok(Some(report))
    }

    /// Commits what was written, in the order of these tables.
    ///
    /// # Errors
    /// A commit fails. What was committed before it stays, and the next attempt goes on from there.
    pub async fn commit(
        &self,
        tables: &[&'static TableSpec],
        mut writers: Vec<UntypedWriter>,
    ) -> anyhow::Result<Report> {
        let place = |writer: &UntypedWriter| tables.iter().position(|table| table.name == writer.table());
        writers.sort_by_key(place);
        let is_complete = writers.iter().map(UntypedWriter::table).eq(tables.iter().map(|table| table.name));
        ensure!(
            is_complete,
            "the step did not write exactly its tables: this is a bug, nothing was committed"
        );
        let mut report = Report::of_run(self.id());
        for writer in writers {
            report.table(writer.commit().await?);
        }
        Ok(report)
    }
}
