CREATE INDEX IF NOT EXISTS flow_runs_by_flow ON flow_runs (flow_id, expected_start_time);
-- Runs that have a process, without those that ended or wait for a worker.
CREATE INDEX IF NOT EXISTS flow_runs_claimed ON flow_runs (id) WHERE claim IS NOT NULL;
-- The order in which runs are listed, as filter/sort.ts writes it.
CREATE INDEX IF NOT EXISTS flow_runs_by_start ON flow_runs (coalesce(start_time, expected_start_time));
