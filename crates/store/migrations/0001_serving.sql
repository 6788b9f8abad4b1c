-- What the API serves, and how it gets there.
--
-- Every published model is a *version*. Its rows live in partitions of their own (schema version_data), so a
-- version is loaded beside the live one, attached, made live by one update of `serving`, and dropped whole.

CREATE TABLE versions (
    version      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id       text        NOT NULL UNIQUE CHECK (run_id <> ''),
    -- loading: being written, or its publish died; failed: a check refused it; pruned: its rows were dropped.
    state        text        NOT NULL CHECK (state IN ('loading', 'ready', 'failed', 'pruned')),
    model        jsonb       NOT NULL,
    counts       jsonb,
    created_at   timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz,
    CHECK (counts IS NOT NULL OR state IN ('loading', 'failed')),
    CHECK (published_at IS NULL OR state IN ('ready', 'pruned'))
);
COMMENT ON TABLE versions IS 'one row per run that was ever published or refused';
COMMENT ON COLUMN versions.published_at IS 'when the version first went live';

CREATE TABLE version_metrics (
    version  bigint           NOT NULL REFERENCES versions,
    baseline boolean          NOT NULL,
    metric   text             NOT NULL,
    k        integer,
    value    double precision NOT NULL
);
CREATE UNIQUE INDEX version_metrics_key ON version_metrics (version, baseline, metric, coalesce(k, 0));
COMMENT ON TABLE version_metrics IS 'one row per (version, model or popularity baseline, metric, k)';

-- The pointer to the live version: always exactly one row, empty until the first publish.
CREATE TABLE serving (
    singleton    integer     PRIMARY KEY DEFAULT 1 CHECK (singleton = 1),
    version      bigint      REFERENCES versions,
    activated_at timestamptz,
    CHECK ((version IS NULL) = (activated_at IS NULL))
);
INSERT INTO serving DEFAULT VALUES;
COMMENT ON TABLE serving IS 'one row: the live version';

CREATE TABLE runs (
    run_id  text        PRIMARY KEY,
    outcome text        NOT NULL,
    report  jsonb       NOT NULL,
    at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE runs IS 'one row per run: the report of its last publish';

CREATE SCHEMA version_data;
COMMENT ON SCHEMA version_data IS 'the partitions, named TABLE_VERSION; written by publish only';

-- The checks below are inherited by every partition, so no way of loading gets around them.

CREATE TABLE movies (
    version  bigint  NOT NULL,
    movie_id bigint  NOT NULL,
    title    text    NOT NULL CHECK (title <> ''),
    year     integer,
    genres   text[]  NOT NULL CHECK (array_position(genres, NULL) IS NULL),
    imdb_id  text,
    tmdb_id  bigint,
    PRIMARY KEY (version, movie_id)
) PARTITION BY LIST (version);
COMMENT ON TABLE movies IS 'one row per (version, movie)';

CREATE TABLE recommendations (
    version   bigint   NOT NULL,
    user_id   bigint   NOT NULL,
    -- 0 .. users - 1 in the order of loading: a uniformly random user is one lookup
    user_idx  bigint   NOT NULL,
    movie_ids bigint[] NOT NULL,
    scores    real[]   NOT NULL,
    PRIMARY KEY (version, user_id),
    UNIQUE (version, user_idx),
    CHECK (cardinality(movie_ids) > 0 AND cardinality(scores) = cardinality(movie_ids)),
    CHECK (array_position(movie_ids, NULL) IS NULL AND array_position(scores, NULL) IS NULL)
) PARTITION BY LIST (version);
COMMENT ON TABLE recommendations IS 'one row per (version, user), best movie first';

CREATE TABLE similar_movies (
    version     bigint   NOT NULL,
    movie_id    bigint   NOT NULL,
    similar_ids bigint[] NOT NULL,
    scores      real[]   NOT NULL,
    PRIMARY KEY (version, movie_id),
    CHECK (cardinality(similar_ids) > 0 AND cardinality(scores) = cardinality(similar_ids)),
    CHECK (array_position(similar_ids, NULL) IS NULL AND array_position(scores, NULL) IS NULL)
) PARTITION BY LIST (version);
COMMENT ON TABLE similar_movies IS 'one row per (version, movie), most similar first';

CREATE TABLE popular_movies (
    version   bigint   NOT NULL,
    genre     text     NOT NULL,
    movie_ids bigint[] NOT NULL,
    scores    real[]   NOT NULL,
    PRIMARY KEY (version, genre),
    CHECK (cardinality(movie_ids) > 0 AND cardinality(scores) = cardinality(movie_ids)),
    CHECK (array_position(movie_ids, NULL) IS NULL AND array_position(scores, NULL) IS NULL)
) PARTITION BY LIST (version);
COMMENT ON TABLE popular_movies IS 'one row per (version, genre), most popular first; the empty genre is all movies';

CREATE TABLE movie_factors (
    version  bigint NOT NULL,
    movie_id bigint NOT NULL,
    factor   real[] NOT NULL,
    bias     real   NOT NULL,
    PRIMARY KEY (version, movie_id),
    CHECK (cardinality(factor) > 0 AND array_position(factor, NULL) IS NULL)
) PARTITION BY LIST (version);
COMMENT ON TABLE movie_factors IS 'one row per (version, movie): what folding in a new user needs';

CREATE TABLE user_histories (
    version   bigint        NOT NULL,
    user_id   bigint        NOT NULL,
    movie_ids bigint[]      NOT NULL,
    ratings   real[]        NOT NULL,
    rated_at  timestamptz[] NOT NULL,
    PRIMARY KEY (version, user_id),
    CHECK (cardinality(movie_ids) > 0 AND cardinality(ratings) = cardinality(movie_ids)
           AND cardinality(rated_at) = cardinality(movie_ids)),
    CHECK (array_position(movie_ids, NULL) IS NULL AND array_position(ratings, NULL) IS NULL
           AND array_position(rated_at, NULL) IS NULL)
) PARTITION BY LIST (version);
COMMENT ON TABLE user_histories IS 'one row per (version, user): the ratings the model was trained on';

-- For people and dashboards. The scalar subqueries let the planner skip every partition but the live one.
CREATE VIEW als_recos (user_id, movie_id, title, score) AS
SELECT r.user_id, listed.movie_id, m.title, listed.score
FROM recommendations AS r
CROSS JOIN LATERAL unnest(r.movie_ids, r.scores) AS listed (movie_id, score)
JOIN movies AS m ON m.version = (SELECT version FROM serving) AND m.movie_id = listed.movie_id
WHERE r.version = (SELECT version FROM serving);
COMMENT ON VIEW als_recos IS 'one row per (user, recommended movie) of the live version';
