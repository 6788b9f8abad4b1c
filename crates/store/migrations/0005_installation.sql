-- Names this database, so that a cache shared by several never takes the lists of one for those of another.

CREATE TABLE installation (
    singleton integer PRIMARY KEY DEFAULT 1 CHECK (singleton = 1),
    identity  uuid    NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO installation DEFAULT VALUES;
COMMENT ON TABLE installation IS 'one row: the name of this database';
