-- The run history: every run, however it ended, in one form.

COMMENT ON TABLE runs IS 'one row per run, written at its end';
COMMENT ON COLUMN runs.outcome IS 'published, unchanged (there was nothing to do), gate_closed or failed';
COMMENT ON COLUMN runs.report IS
    'version, started_at, seconds, failed_step, reason; steps: step, outcome, seconds, rows of each; metrics of all';
COMMENT ON COLUMN runs.at IS 'when the row was written';

-- Dashboards ask for a span of time.
CREATE INDEX runs_at ON runs (at);
