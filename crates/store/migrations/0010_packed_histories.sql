-- Histories as one value instead of three arrays: three fifths of the room, and a fifth of the time to load. See the module
-- `pack` of the crate `store`. Versions that were loaded before are left as they are.

-- A reader in the way must not make every other one wait behind us.
SET LOCAL lock_timeout = '10s';

-- The first byte tells the widths of the numbers: 1, movies have 8 bytes instead of 4; 2, ratings are real numbers instead
-- of half stars in one byte; 4, moments are microseconds in 8 bytes instead of seconds in 4. Then come all movies, all
-- ratings and all moments.
ALTER TABLE user_histories
    ALTER COLUMN movie_ids DROP NOT NULL,
    ALTER COLUMN ratings DROP NOT NULL,
    ALTER COLUMN rated_at DROP NOT NULL,
    ADD COLUMN packed bytea,
    ADD CONSTRAINT user_histories_form_check
        CHECK (num_nonnulls(movie_ids, ratings, rated_at) = CASE WHEN packed IS NULL THEN 3 ELSE 0 END) NOT VALID,
    ADD CONSTRAINT user_histories_packed_check CHECK (
        octet_length(packed) > 1 AND get_byte(packed, 0) < 8
        AND (octet_length(packed) - 1) % (9 + 4 * (get_byte(packed, 0) & 1) + 3 * (get_byte(packed, 0) >> 1 & 1)
                                            + 4 * (get_byte(packed, 0) >> 2 & 1)) = 0) NOT VALID;
COMMENT ON COLUMN user_histories.packed IS 'the ratings, oldest first: history_of(user_histories) reads them';
COMMENT ON COLUMN user_histories.movie_ids IS 'null since histories are packed';

-- A number of `width` bytes, the first of which is byte `place`, counted from 0.
CREATE FUNCTION number_at(bytes bytea, place integer, width integer) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ('x' || lpad(encode(substring(bytes FROM place + 1 FOR width), 'hex'), 16, '0'))::bit(64)::bigint;
COMMENT ON FUNCTION number_at IS 'a big-endian number; one of 4 bytes has no sign';

CREATE FUNCTION real_at(bytes bytea, place integer) RETURNS real LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT (CASE WHEN bits >> 31 = 0 THEN 1 ELSE -1 END * CASE bits >> 23 & 255
            WHEN 0 THEN (bits & 8388607) * 2::float8 ^ -149
            ELSE (bits & 8388607 | 8388608) * 2::float8 ^ ((bits >> 23 & 255) - 150) END)::real
    FROM (SELECT number_at(bytes, place, 4) AS bits) AS number;
END;
COMMENT ON FUNCTION real_at IS 'a big-endian number of 4 bytes, as IEEE 754 has it';

CREATE FUNCTION history_of(history user_histories) RETURNS TABLE (movie_id bigint, rating real, rated_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT * FROM unnest((history).movie_ids, (history).ratings, (history).rated_at) WHERE (history).packed IS NULL
    UNION ALL
    SELECT number_at(packed, 1 + movie * place, movie),
           CASE rating WHEN 1 THEN (get_byte(packed, 1 + count * movie + place) / 2.0)::real
                       ELSE real_at(packed, 1 + count * movie + rating * place) END,
           'epoch'::timestamptz + number_at(packed, 1 + count * (movie + rating) + moment * place, moment)
               * CASE moment WHEN 4 THEN interval '1 second' ELSE interval '1 microsecond' END
    FROM (SELECT (history).packed,
                 4 + 4 * (get_byte((history).packed, 0) & 1) AS movie,
                 1 + 3 * (get_byte((history).packed, 0) >> 1 & 1) AS rating,
                 4 + 4 * (get_byte((history).packed, 0) >> 2 & 1) AS moment) AS widths
    CROSS JOIN LATERAL (SELECT (octet_length(packed) - 1) / (movie + rating + moment) AS count) AS counted
    CROSS JOIN LATERAL generate_series(0, count - 1) AS place
    WHERE packed IS NOT NULL;
END;
COMMENT ON FUNCTION history_of IS 'one row per rating of a row of user_histories, oldest first';
