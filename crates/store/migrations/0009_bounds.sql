-- The bounds of ids and titles: see the module `clean` of the crate `contract`. Versions that were loaded before are left as
-- they are; those loaded from now on are checked.

-- A reader in the way must not make every other one wait behind us.
SET LOCAL lock_timeout = '10s';

ALTER TABLE movies
    ADD CONSTRAINT movies_movie_id_check CHECK (movie_id BETWEEN 0 AND 9007199254740991) NOT VALID,
    ADD CONSTRAINT movies_title_bytes_check CHECK (octet_length(title) <= 1000) NOT VALID;
ALTER TABLE user_histories
    ADD CONSTRAINT user_histories_user_id_check CHECK (user_id BETWEEN 0 AND 9007199254740991) NOT VALID;
