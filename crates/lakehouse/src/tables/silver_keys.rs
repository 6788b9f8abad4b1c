//! `silver/keys`: one row per key, which is an id of the data set that is a text, and its number for ever.

use crate::Text;
use crate::table::table;

table!(SilverKeys, "silver/keys", Append, {
    /// What has the key: `user` or `movie`.
    KIND kind: Text,
    /// The id as the data set has it.
    KEY key: Text,
    /// Its number, from 1 for each kind.
    ID id: i64,
});
