//! `silver/stats`: one row per statistic of a run.

use crate::Text;
use crate::table::table;

table!(SilverStats, "silver/stats", Append, {
    /// What was measured, for example `ratings.rows`.
    STAT_NAME name: Text,
    /// The value; dates are seconds since 1970.
    VALUE value: f64,
    /// The run.
    RUN_ID run_id: Text,
});
