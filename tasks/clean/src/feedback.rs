//! Feedback: the events that the run took in and all before them, checked and spread beside the ratings.

use chrono::{DateTime, SecondsFormat};
use contract::clean::half_stars;
use lakehouse::arrow::array::{Array, RecordBatch};
use lakehouse::tables::{BronzeFeedback, bronze_feedback as bronze};
use lakehouse::{LakehouseError, Snapshot, Table};

use crate::quarantine::{Origin, Quarantine};
use crate::ratings::RatingsCleaner;
use crate::spelling::Spelling;
use crate::spill::{FEEDBACK, Rating};
use crate::{Reading, Reason};

/// What stands for the file in `silver/rejected`; the line is the event's id.
const SOURCE: &str = "feedback";

/// One row of `bronze/feedback`.
#[derive(Debug, Clone, Copy)]
struct Event {
    feedback_id: i64,
    user_id: i64,
    movie_id: i64,
    stars: Option<f32>,
    rated_at: i64,
}

/// Where an event came from, for the quarantine.
pub(crate) fn origin(feedback_id: i64) -> Origin<'static> {
    Origin { table: BronzeFeedback::NAME, file: SOURCE, line: feedback_id }
}

impl RatingsCleaner<'_> {
    /// Streams the events once: each goes to its partition or to the quarantine.
    pub(crate) async fn add_feedback(
        &mut self,
        feedback: &Snapshot<BronzeFeedback>,
        quarantine: &mut Quarantine,
    ) -> anyhow::Result<()> {
        let columns = [
            bronze::FEEDBACK_ID.name(),
            bronze::USER_ID.name(),
            bronze::MOVIE_ID.name(),
            bronze::RATING.name(),
            bronze::RATED_AT.name(),
        ];
        let mut batches = feedback.read(&columns).await?;
        while let Some(batch) = batches.next().await.reading::<BronzeFeedback>()? {
            for event in events(&batch)? {
                let raw = event.raw();
                match self.check_event(event) {
                    Ok(rating) => self.spill.push(Rating { spelling: Spelling::Other(&raw), ..rating })?,
                    Err(reason) => quarantine.reject(origin(event.feedback_id), &raw, reason).await?,
                }
            }
        }
        Ok(())
    }

    /// The database has checked what it can; it knows neither the movies nor the right time.
    fn check_event(&self, event: Event) -> Result<Rating<'static>, Reason> {
        let half_stars = match event.stars {
            Some(stars) => half_stars(f64::from(stars)).ok_or(Reason::BadRating)?,
            None => 0,
        };
        let rated_at = self.clock.moment(event.rated_at)?;
        if !self.ids.users.may_be(event.user_id) {
            return Err(Reason::UnknownUser);
        }
        if self.movies.get(event.movie_id).is_none() {
            return Err(Reason::UnknownMovie);
        }
        let Event { user_id, movie_id, feedback_id: line, .. } = event;
        Ok(Rating {
            user_id,
            movie_id,
            rated_at,
            line,
            half_stars,
            file: FEEDBACK,
            spelling: Spelling::Usual,
        })
    }
}

fn events(batch: &RecordBatch) -> Result<impl Iterator<Item = Event>, LakehouseError> {
    let ids = bronze::FEEDBACK_ID.of(batch)?;
    let (users, movies) = (bronze::USER_ID.of(batch)?, bronze::MOVIE_ID.of(batch)?);
    let (stars, times) = (bronze::RATING.of(batch)?, bronze::RATED_AT.of(batch)?);
    Ok((0..batch.num_rows()).map(|row| Event {
        feedback_id: ids.value(row),
        user_id: users.value(row),
        movie_id: movies.value(row),
        stars: stars.is_valid(row).then(|| stars.value(row)),
        rated_at: times.value(row),
    }))
}

impl Event {
    /// The fields joined by commas, as a line of a ratings file; without stars where it takes a rating back.
    fn raw(self) -> String {
        let stars = self.stars.map(|stars| stars.to_string()).unwrap_or_default();
        let rated_at = DateTime::from_timestamp_micros(self.rated_at).unwrap_or_default();
        let rated_at = rated_at.to_rfc3339_opts(SecondsFormat::Micros, true);
        format!("{},{},{stars},{rated_at}", self.user_id, self.movie_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_in_the_quarantine_reads_like_a_line_of_ratings() {
        let rated = Event {
            feedback_id: 1,
            user_id: 7,
            movie_id: 318,
            stars: Some(4.5),
            rated_at: 1_795_348_800_000_001,
        };
        assert_eq!(rated.raw(), "7,318,4.5,2026-11-22T12:00:00.000001Z");
        assert_eq!(Event { stars: None, ..rated }.raw(), "7,318,,2026-11-22T12:00:00.000001Z");
    }
}
