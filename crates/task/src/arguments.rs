//! The flags that every task has.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use lakehouse::Lake;

/// The flags that every task has; each can be given by its environment variable.
#[derive(Debug, Clone, clap::Args)]
pub struct CommonArgs {
    /// Where the lake lies: a path, `file://PATH`, `s3://BUCKET/PREFIX` (`az://CONTAINER/PREFIX`,
    /// `gs://BUCKET/PREFIX`) by the usual `AWS_` (`AZURE_`, `GOOGLE_`) variables, or
    /// `hdfs://NAMENODE:PORT/PATH` by those of Hadoop
    #[arg(long, env = "LAKE_URI", default_value = "lakehouse", global = true)]
    pub lake: String,

    /// Id of the pipeline run. A step reads what this run wrote, and commits at most once per table and run id.
    /// `latest` stands for the newest run that wrote the step's input
    #[arg(long, env = "RUN_ID", value_parser = run_id, global = true)]
    run_id: Option<String>,

    /// URL of a Prometheus Pushgateway, such as <http://localhost:9091>
    #[arg(long, env = "PUSHGATEWAY_URL", value_name = "URL", global = true)]
    pub pushgateway: Option<String>,

    /// Folder for temporary files [default: the lake; the system's own, if the lake is no folder]
    #[arg(long, env = "SCRATCH_DIR", value_name = "FOLDER", global = true)]
    scratch: Option<PathBuf>,

    /// Number of threads [default: all cores]
    #[arg(long, env = "THREADS", value_name = "N", global = true)]
    pub threads: Option<NonZeroUsize>,
}

impl CommonArgs {
    /// The run id as given, possibly `latest`.
    ///
    /// # Errors
    /// [`WrongUsage`](crate::WrongUsage) when none was given.
    pub fn run_id(&self) -> anyhow::Result<&str> {
        self.run_id.as_deref().ok_or_else(|| {
            crate::WrongUsage::new("--run-id is missing: give the id of the pipeline run, or set RUN_ID")
                .into()
        })
    }

    /// The folder for temporary files.
    #[must_use]
    pub fn scratch(&self, lake: &Lake) -> PathBuf {
        // An empty variable is how compose files and shells say "none".
        let given = self.scratch.clone().filter(|folder| !folder.as_os_str().is_empty());
        given.or_else(|| lake.folder().map(PathBuf::from)).unwrap_or_else(std::env::temp_dir)
    }

    /// The same, where a task may have none.
    pub(crate) fn given_run_id(&self) -> Option<&str> {
        self.run_id.as_deref()
    }
}

/// The flag of programs that cannot do without the database.
#[derive(Debug, Clone, clap::Args)]
pub struct DatabaseArgs {
    /// Database, `postgres://USER:PASSWORD@HOST:PORT/NAME`. Prefer the variable, which hides the password
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true, global = true)]
    database_url: Option<String>,
}

impl DatabaseArgs {
    /// The address.
    ///
    /// # Errors
    /// [`WrongUsage`](crate::WrongUsage) when none was given.
    pub fn url(&self) -> Result<&str, crate::WrongUsage> {
        self.database_url.as_deref().ok_or_else(|| {
            crate::WrongUsage::new(
                "--database-url is missing: give postgres://USER:PASSWORD@HOST:PORT/NAME, or set DATABASE_URL",
            )
        })
    }
}

/// Run ids are names that appear in logs, metadata and SQL results: one printable line of sane length.
fn run_id(text: &str) -> Result<String, String> {
    const LONGEST: usize = 250;
    if text.is_empty() || text.len() > LONGEST || text.chars().any(char::is_control) {
        return Err(format!("a run id has 1 to {LONGEST} characters and no control characters"));
    }
    Ok(text.to_owned())
}
