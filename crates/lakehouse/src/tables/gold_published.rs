//! `gold/published`: one row per publish or activation.

use crate::table::table;
use crate::{Text, Timestamp};

table!(GoldPublished, "gold/published", Append, {
    /// The run that was made live.
    MODEL_ID model_id: Text,
    /// Its version in PostgreSQL.
    VERSION version: i64,
    /// When.
    PUBLISHED_AT published_at: Timestamp,
});
