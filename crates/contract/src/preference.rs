//! What counts of all that one user said about one movie: in rows of the data set, and in events of feedback.
//!
//! Of rows the latest by time, and of the same moment the later line; of events the one with the greatest id, whatever the
//! clock of who recorded it said; of the two that remain the later, and of the same moment the event.
//!
//! `clean` decides so for the next model, and the API for the one that is live, so that a user sees no jump.

/// Where something that a user said stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statement {
    /// In a row of the data set.
    Row {
        /// Microseconds since 1970.
        rated_at: i64,
        /// Line of the source file.
        line: i64,
    },
    /// In an event of feedback.
    Event {
        /// Microseconds since 1970.
        rated_at: i64,
        /// Ascends as events are recorded.
        feedback_id: i64,
    },
}

impl Statement {
    /// What orders rows before events, and each of the two from old to new.
    #[must_use]
    pub fn order(&self) -> (bool, i64, i64) {
        match *self {
            Self::Row { rated_at, line } => (false, rated_at, line),
            Self::Event { feedback_id, .. } => (true, 0, feedback_id),
        }
    }

    fn is_row(&self) -> bool {
        matches!(self, Self::Row { .. })
    }

    fn rated_at(&self) -> i64 {
        match *self {
            Self::Row { rated_at, .. } | Self::Event { rated_at, .. } => rated_at,
        }
    }
}

/// Whether the last event counts, and not the last row, by the moments of the two.
#[must_use]
pub fn event_counts(row_rated_at: i64, event_rated_at: i64) -> bool {
    event_rated_at >= row_rated_at
}

/// The position of what counts among things that stand in the [order](Statement::order) of their statements, all of one
/// user and movie; `None` if there are none.
pub fn last_word<T>(ordered: &[T], statement: impl Fn(&T) -> Statement) -> Option<usize> {
    let last = ordered.len().checked_sub(1)?;
    let events = ordered.partition_point(|thing| statement(thing).is_row());
    match events.checked_sub(1) {
        Some(row) if events > last => Some(row),
        Some(row) => {
            let [row_at, event_at] = [row, last].map(|place| statement(&ordered[place]).rated_at());
            Some(if event_counts(row_at, event_at) { last } else { row })
        }
        None => Some(last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(rated_at: i64, line: i64) -> Statement {
        Statement::Row { rated_at, line }
    }

    fn event(rated_at: i64, feedback_id: i64) -> Statement {
        Statement::Event { rated_at, feedback_id }
    }

    fn counts(mut statements: Vec<Statement>) -> Statement {
        statements.sort_by_key(Statement::order);
        statements[last_word(&statements, |statement| *statement).unwrap()]
    }

    #[test]
    fn the_later_of_row_and_event_counts_and_of_the_same_moment_the_event() {
        assert_eq!(counts(vec![row(5, 1)]), row(5, 1));
        assert_eq!(counts(vec![event(5, 1)]), event(5, 1));
        assert_eq!(counts(vec![row(5, 1), event(6, 1)]), event(6, 1));
        assert_eq!(counts(vec![event(4, 1), row(5, 1)]), row(5, 1));
        assert_eq!(counts(vec![row(5, 9), event(5, 1)]), event(5, 1));
        assert_eq!(last_word(&[], |statement: &Statement| *statement), None);
    }

    #[test]
    fn of_rows_the_later_moment_counts_and_then_the_later_line() {
        assert_eq!(counts(vec![row(7, 1), row(5, 2)]), row(7, 1));
        assert_eq!(counts(vec![row(7, 3), row(7, 2)]), row(7, 3));
    }

    #[test]
    fn of_events_the_greater_id_counts_even_if_the_clock_went_back() {
        assert_eq!(counts(vec![event(9, 1), event(8, 2)]), event(8, 2));
        assert_eq!(counts(vec![event(9, 1), event(6, 2), row(7, 1)]), row(7, 1));
    }
}
