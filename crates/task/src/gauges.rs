//! The figures that tasks push: every name with its unit and its meaning, which the Pushgateway passes on.

use metrics::Unit;

/// A figure that a task pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gauge {
    /// As Prometheus knows it.
    pub(crate) name: &'static str,
    unit: Unit,
    help: &'static str,
}

impl Gauge {
    const fn new(name: &'static str, unit: Unit, help: &'static str) -> Self {
        Self { name, unit, help }
    }

    /// Tells the local recorder what the figure means.
    pub(crate) fn describe(&self) {
        metrics::describe_gauge!(self.name, self.unit, self.help);
    }
}

pub(crate) const DURATION: Gauge = Gauge::new(
    "cinelake_task_duration_seconds",
    Unit::Seconds,
    "wall time of the task's last attempt, however it ended",
);
pub(crate) const PEAK_MEMORY: Gauge = Gauge::new(
    "cinelake_task_peak_memory_bytes",
    Unit::Bytes,
    "most memory that the last attempt held at a time",
);
pub(crate) const LAST_RUN: Gauge = Gauge::new(
    "cinelake_task_last_run_timestamp_seconds",
    Unit::Seconds,
    "when the last attempt ended, however it ended",
);
pub(crate) const LAST_SUCCESS: Gauge = Gauge::new(
    "cinelake_task_last_success_timestamp_seconds",
    Unit::Seconds,
    "when an attempt last ended done, already_done or skipped",
);
pub(crate) const LAST_SKIP: Gauge = Gauge::new(
    "cinelake_task_last_skip_timestamp_seconds",
    Unit::Seconds,
    "when an attempt last ended skipped: there was nothing to do",
);
pub(crate) const OUTCOME: Gauge = Gauge::new(
    "cinelake_task_outcome",
    Unit::Count,
    "1 for the way in which the last attempt ended, 0 for the others",
);
pub(crate) const ROWS: Gauge =
    Gauge::new("cinelake_task_rows", Unit::Count, "rows that the last successful run wrote to the table");
pub(crate) const TABLE_SIZE: Gauge =
    Gauge::new("cinelake_table_size_bytes", Unit::Bytes, "size of the live data files of the table");
pub(crate) const TABLE_FILES: Gauge =
    Gauge::new("cinelake_table_files", Unit::Count, "live data files of the table");
pub(crate) const LAKE_SIZE: Gauge = Gauge::new(
    "cinelake_lake_filesystem_size_bytes",
    Unit::Bytes,
    "size of the file system of the lake, as the task saw it",
);
pub(crate) const LAKE_AVAIL: Gauge = Gauge::new(
    "cinelake_lake_filesystem_avail_bytes",
    Unit::Bytes,
    "room that was left on the file system of the lake, as the task saw it",
);

/// Label `reason`, as in `silver/rejected`.
pub const REJECTED_ROWS: Gauge = Gauge::new(
    "cinelake_rejected_rows",
    Unit::Count,
    "rows of the last cleaned run that did not reach silver, by reason",
);
/// Without labels.
pub const DATASET_RATINGS: Gauge =
    Gauge::new("cinelake_dataset_ratings", Unit::Count, "ratings of the last cleaned run");
/// Without labels.
pub const DATASET_USERS: Gauge =
    Gauge::new("cinelake_dataset_users", Unit::Count, "users with ratings of the last cleaned run");
/// Without labels.
pub const DATASET_MOVIES: Gauge =
    Gauge::new("cinelake_dataset_movies", Unit::Count, "movies of the last cleaned run, rated or not");
/// Without labels.
pub const TRAIN_LOSS: Gauge =
    Gauge::new("cinelake_train_loss", Unit::Count, "loss of the last trained model after its last iteration");
/// Without labels.
pub const TRAIN_ITERATIONS: Gauge =
    Gauge::new("cinelake_train_iterations", Unit::Count, "iterations of the last trained model");
/// Labels `metric`, `k` where the metric has one, and `model`: `candidate`, `baseline` or `live`.
pub const MODEL_METRIC: Gauge = Gauge::new(
    "cinelake_model_metric",
    Unit::Count,
    "figure of the last evaluation: of the candidate, of the popularity baseline, or of the published model",
);
/// Without labels.
pub const GATE_OPEN: Gauge =
    Gauge::new("cinelake_gate_open", Unit::Count, "1 if the last evaluated model may be published, else 0");
/// Without labels.
pub const EVALUATED_USERS: Gauge =
    Gauge::new("cinelake_evaluated_users", Unit::Count, "users that the last evaluation was measured on");
/// Without labels.
pub const PUBLISHED_VERSION: Gauge = Gauge::new(
    "cinelake_published_version",
    Unit::Count,
    "version that the last publish made live; a rollback does not change it",
);

/// All of them.
pub(crate) const ALL: [Gauge; 21] = [
    DURATION,
    PEAK_MEMORY,
    LAST_RUN,
    LAST_SUCCESS,
    LAST_SKIP,
    OUTCOME,
    ROWS,
    TABLE_SIZE,
    TABLE_FILES,
    LAKE_SIZE,
    LAKE_AVAIL,
    REJECTED_ROWS,
    DATASET_RATINGS,
    DATASET_USERS,
    DATASET_MOVIES,
    TRAIN_LOSS,
    TRAIN_ITERATIONS,
    MODEL_METRIC,
    GATE_OPEN,
    EVALUATED_USERS,
    PUBLISHED_VERSION,
];
