-- Ids that are texts, which are called keys: see the module `clean` of the crate `contract` for their bounds.
--
-- Everything else in the database goes by numbers. Versions that were loaded before have no partition of user_keys, and
-- none is needed: to read them is to find no key.

-- A reader in the way must not make every other one wait behind us.
SET LOCAL lock_timeout = '10s';

ALTER TABLE movies ADD COLUMN key text CHECK (octet_length(key) BETWEEN 1 AND 256);
COMMENT ON COLUMN movies.key IS 'the id in the data set, where that is a text';

CREATE TABLE user_keys (
    version bigint NOT NULL,
    user_id bigint NOT NULL,
    key     text   NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 256),
    PRIMARY KEY (version, user_id),
    UNIQUE (version, key)
) PARTITION BY LIST (version);
COMMENT ON TABLE user_keys IS
    'one row per (version, user) where the data set names its users by texts; none where by whole numbers';
