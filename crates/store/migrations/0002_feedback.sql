-- What users say through the API: an event log. Rows are added, never changed, so a pipeline run can take in
-- exactly those that came after the last one it saw.

CREATE TABLE feedback (
    -- Given before the commit: a smaller id can become visible after a greater one, but never for the same user.
    feedback_id bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id     bigint      NOT NULL CHECK (user_id > 0),
    movie_id    bigint      NOT NULL CHECK (movie_id > 0),
    -- 0.5, 1, 1.5 to 5 stars; null takes the rating back, the one of the data set too
    rating      real        CHECK (rating BETWEEN 0.5 AND 5 AND rating * 2 = trunc(rating * 2)),
    -- of the statement, not the transaction: that one began before it waited for its turn
    rated_at    timestamptz NOT NULL DEFAULT statement_timestamp()
);
CREATE INDEX feedback_newest ON feedback (user_id, movie_id, feedback_id DESC);
COMMENT ON TABLE feedback IS 'one row per event; the one with the greatest id of a (user, movie) counts';
COMMENT ON COLUMN feedback.rating IS 'null: taken back';
