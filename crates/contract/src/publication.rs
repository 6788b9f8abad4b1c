//! Which model was published last: of the same moment the one with the higher version.

/// A row of `gold/published`: a publish, or the activation of an older version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Publication {
    /// Microseconds since 1970.
    pub published_at: i64,
    /// The version in `PostgreSQL`.
    pub version: i64,
    /// The run that trained the model.
    pub run_id: String,
}

/// The newest of some publications.
#[must_use]
pub fn newest(publications: impl IntoIterator<Item = Publication>) -> Option<Publication> {
    publications.into_iter().max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_one_counts_and_of_the_same_moment_the_higher_version() {
        let of = |published_at, version, run_id: &str| Publication {
            published_at,
            version,
            run_id: run_id.into(),
        };
        let newest = newest([of(5, 1, "c"), of(7, 2, "b"), of(7, 3, "a"), of(6, 9, "d")]).unwrap();
        assert_eq!(newest, of(7, 3, "a"));
    }
}
