-- What a run that has ended left unfinished is found without reading its whole past; the condition is written the same way in queries.
CREATE INDEX task_runs_unfinished ON task_runs (flow_run_id) WHERE state_type IN ('SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING');
