-- Finding movies by their titles, and listing them in several orders.

-- A reader in the way must not make every other one wait behind us.
SET LOCAL lock_timeout = '10s';

-- Both are trusted: the owner of the database may create them, if the server has their files.
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;

-- unaccent alone is only STABLE, because its dictionary is found by the search path; named in full it always gives
-- the same. Full stops and apostrophes vanish, so that `la confidential` finds L.A. Confidential; all other
-- punctuation parts words.
CREATE FUNCTION fold_title(title text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(
    translate(lower(public.unaccent('public.unaccent', normalize(title, NFKC))), '''.', ''),
    '[[:punct:][:space:]]+', ' ', 'g'));
COMMENT ON FUNCTION fold_title IS 'a title as it is searched and sorted: no accents, capitals or punctuation';

ALTER TABLE movies
    ADD COLUMN ratings      bigint NOT NULL DEFAULT 0 CHECK (ratings >= 0),
    ADD COLUMN folded_title text   NOT NULL GENERATED ALWAYS AS (fold_title(title)) STORED;
COMMENT ON COLUMN movies.ratings IS 'how many histories of the version name the movie; counted by the load';

-- Versions loaded before this column was.
UPDATE movies AS m SET ratings = counted.ratings
FROM (SELECT h.version, listed.movie_id, count(*) AS ratings
      FROM user_histories AS h CROSS JOIN LATERAL unnest(h.movie_ids) AS listed (movie_id)
      GROUP BY h.version, listed.movie_id) AS counted
WHERE m.version = counted.version AND m.movie_id = counted.movie_id;

-- Every key ascends, so that one comparison of rows continues a list. `publish` builds the same indexes on the
-- partitions it loads: see `Table::indexes`.
CREATE INDEX movies_search ON movies USING gin (folded_title public.gin_trgm_ops);
CREATE INDEX movies_popular ON movies ((-ratings), movie_id);
CREATE INDEX movies_title ON movies (folded_title COLLATE "C", movie_id);
CREATE INDEX movies_newest ON movies ((coalesce(-year, 2147483647)), (-ratings), movie_id);
