-- Sharing the traffic between published versions.

-- At most one experiment runs. It is over when its row is gone.
CREATE TABLE experiment (
    singleton  integer     PRIMARY KEY DEFAULT 1 CHECK (singleton = 1),
    name       text        NOT NULL CHECK (name <> ''),
    started_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE experiment IS 'one row while an experiment runs';

CREATE TABLE experiment_variants (
    experiment integer NOT NULL DEFAULT 1 REFERENCES experiment ON DELETE CASCADE,
    -- The order of the variants decides which users each one gets.
    place      integer NOT NULL CHECK (place BETWEEN 1 AND 10),
    name       text    NOT NULL CHECK (name <> ''),
    version    bigint  NOT NULL REFERENCES versions,
    weight     integer NOT NULL CHECK (weight > 0),
    PRIMARY KEY (experiment, place),
    UNIQUE (experiment, name)
);
COMMENT ON TABLE experiment_variants IS 'one row per variant of the running experiment';
