-- The bounds of what is clean: see the module `clean` of the crate `contract`.

-- A reader in the way must not make every other one wait behind us.
SET LOCAL lock_timeout = '10s';

ALTER TABLE feedback
    DROP CONSTRAINT feedback_user_id_check,
    DROP CONSTRAINT feedback_movie_id_check,
    ADD CONSTRAINT feedback_user_id_check CHECK (user_id BETWEEN 0 AND 9007199254740991),
    ADD CONSTRAINT feedback_movie_id_check CHECK (movie_id BETWEEN 0 AND 9007199254740991);

-- An index takes up to 2,704 bytes, and folding may make a title eleven times as long. Titles that were folded before and
-- are in an index are short enough.
CREATE OR REPLACE FUNCTION fold_title(title text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN left(btrim(regexp_replace(
    translate(lower(public.unaccent('public.unaccent', normalize(title, NFKC))), '''.', ''),
    '[[:punct:][:space:]]+', ' ', 'g')), 400);
