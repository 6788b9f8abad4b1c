//! `gold/user_factors`: one row per user of the model as trained, without the holdout.

use crate::FloatList;
use crate::table::table;

table!(GoldUserFactors, "gold/user_factors", Overwrite, {
    /// Outside id of the user.
    USER_ID user_id: i64,
    /// `rank` floats.
    FACTOR factor: FloatList,
    /// Bias (explicit), else 0.
    BIAS bias: f32,
});
