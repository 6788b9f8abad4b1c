//! `silver/users`: one row per user of `silver/ratings`.

use crate::Text;
use crate::table::table;

table!(SilverUsers, "silver/users", Overwrite, {
    /// Outside id of the user.
    USER_ID user_id: i64,
    /// The id as the data set has it, where that is a text.
    KEY key: Option<Text>,
});
