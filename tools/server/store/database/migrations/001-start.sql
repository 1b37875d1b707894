-- Times are integer microseconds since 1970, UTC. Columns named after JSON nouns (tags, labels, parameters …) hold JSON text.

CREATE TABLE flows (
  id TEXT PRIMARY KEY,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  name TEXT NOT NULL UNIQUE,
  tags TEXT NOT NULL,
  labels TEXT NOT NULL
) STRICT;

CREATE TABLE work_pools (
  id TEXT PRIMARY KEY,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  name TEXT NOT NULL UNIQUE,
  description TEXT,
  type TEXT NOT NULL,
  base_job_template TEXT NOT NULL,
  is_paused INTEGER NOT NULL,
  concurrency_limit INTEGER,
  default_queue_id TEXT NOT NULL
) STRICT;

CREATE TABLE work_queues (
  id TEXT PRIMARY KEY,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  work_pool_id TEXT NOT NULL REFERENCES work_pools (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  description TEXT,
  is_paused INTEGER NOT NULL,
  concurrency_limit INTEGER,
  -- 1 is the highest
  priority INTEGER NOT NULL,
  last_polled INTEGER,
  UNIQUE (work_pool_id, name)
) STRICT;

CREATE TABLE workers (
  id TEXT PRIMARY KEY,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  work_pool_id TEXT NOT NULL REFERENCES work_pools (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  last_heartbeat_time INTEGER NOT NULL,
  heartbeat_interval_seconds REAL NOT NULL,
  -- which life of the worker beats; null for workers of plain Prefect
  boot TEXT,
  UNIQUE (work_pool_id, name)
) STRICT;

CREATE TABLE concurrency_limits (
  id TEXT PRIMARY KEY,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  -- `deployment:{id}` for the one that a deployment's concurrency_limit makes
  name TEXT NOT NULL UNIQUE,
  "limit" INTEGER NOT NULL,
  active INTEGER NOT NULL DEFAULT 1,
  denied_slots INTEGER NOT NULL DEFAULT 0,
  slot_decay_per_second REAL NOT NULL DEFAULT 0,
  avg_slot_occupancy_seconds REAL NOT NULL DEFAULT 2
) STRICT;

-- A limit's active slots are the sum over its leases: there is no second count to go wrong.
CREATE TABLE leases (
  id TEXT NOT NULL,
  concurrency_limit_id TEXT NOT NULL REFERENCES concurrency_limits (id) ON DELETE CASCADE,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  slots INTEGER NOT NULL,
  flow_run_id TEXT,
  PRIMARY KEY (id, concurrency_limit_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX leases_by_limit ON leases (concurrency_limit_id);
CREATE INDEX leases_by_flow_run ON leases (flow_run_id);
CREATE INDEX leases_by_expiry ON leases (expires);

CREATE TABLE deployments (
  id TEXT PRIMARY KEY,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  name TEXT NOT NULL,
  flow_id TEXT NOT NULL REFERENCES flows (id) ON DELETE CASCADE,
  version TEXT,
  description TEXT,
  paused INTEGER NOT NULL,
  concurrency_limit_id TEXT REFERENCES concurrency_limits (id) ON DELETE SET NULL,
  concurrency_options TEXT,
  job_variables TEXT NOT NULL,
  parameters TEXT NOT NULL,
  pull_steps TEXT,
  tags TEXT NOT NULL,
  labels TEXT NOT NULL,
  work_queue_id TEXT REFERENCES work_queues (id) ON DELETE SET NULL,
  work_queue_name TEXT,
  parameter_openapi_schema TEXT,
  enforce_parameter_schema INTEGER NOT NULL,
  path TEXT,
  entrypoint TEXT,
  storage_document_id TEXT,
  infrastructure_document_id TEXT,
  UNIQUE (flow_id, name)
) STRICT;
CREATE INDEX deployments_by_name ON deployments (name);
CREATE INDEX deployments_by_queue ON deployments (work_queue_id);

CREATE TABLE schedules (
  id TEXT PRIMARY KEY,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  deployment_id TEXT NOT NULL REFERENCES deployments (id) ON DELETE CASCADE,
  active INTEGER NOT NULL,
  -- {cron, timezone, day_or}
  schedule TEXT NOT NULL,
  parameters TEXT NOT NULL,
  slug TEXT,
  max_scheduled_runs INTEGER
) STRICT;
CREATE UNIQUE INDEX schedules_by_slug ON schedules (deployment_id, slug) WHERE slug IS NOT NULL;
CREATE INDEX schedules_by_deployment ON schedules (deployment_id);

CREATE TABLE flow_runs (
  id TEXT PRIMARY KEY,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  name TEXT NOT NULL,
  flow_id TEXT NOT NULL REFERENCES flows (id) ON DELETE CASCADE,
  deployment_id TEXT REFERENCES deployments (id) ON DELETE SET NULL,
  deployment_version TEXT,
  work_queue_id TEXT REFERENCES work_queues (id) ON DELETE SET NULL,
  work_queue_name TEXT,
  flow_version TEXT,
  parameters TEXT NOT NULL,
  idempotency_key TEXT,
  context TEXT NOT NULL,
  empirical_policy TEXT NOT NULL,
  tags TEXT NOT NULL,
  labels TEXT NOT NULL,
  parent_task_run_id TEXT,
  infrastructure_document_id TEXT,
  infrastructure_pid TEXT,
  created_by TEXT,
  job_variables TEXT,
  auto_scheduled INTEGER NOT NULL,
  -- the fencing token of the claim that holds the run
  claim TEXT,
  -- the current state, and the books kept with it
  state_id TEXT,
  state_type TEXT,
  state_name TEXT,
  state_timestamp INTEGER,
  run_count INTEGER NOT NULL DEFAULT 0,
  expected_start_time INTEGER,
  next_scheduled_start_time INTEGER,
  start_time INTEGER,
  end_time INTEGER,
  -- seconds in finished periods of RUNNING
  total_run_time REAL NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX flow_runs_by_idempotency_key ON flow_runs (flow_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX flow_runs_by_deployment ON flow_runs (deployment_id, state_type, next_scheduled_start_time);
CREATE INDEX flow_runs_by_queue ON flow_runs (work_queue_id, state_type, next_scheduled_start_time);
CREATE INDEX flow_runs_by_state ON flow_runs (state_type, next_scheduled_start_time);
CREATE INDEX flow_runs_by_expected_start ON flow_runs (expected_start_time);
CREATE INDEX flow_runs_by_parent ON flow_runs (parent_task_run_id) WHERE parent_task_run_id IS NOT NULL;

CREATE TABLE flow_run_states (
  id TEXT PRIMARY KEY,
  flow_run_id TEXT NOT NULL REFERENCES flow_runs (id) ON DELETE CASCADE,
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  timestamp INTEGER NOT NULL,
  message TEXT,
  -- JSON, or null where the state carries no data
  data TEXT,
  state_details TEXT NOT NULL
) STRICT;
CREATE INDEX flow_run_states_by_run ON flow_run_states (flow_run_id, timestamp);

CREATE TABLE task_runs (
  id TEXT PRIMARY KEY,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  name TEXT NOT NULL,
  flow_run_id TEXT,
  task_key TEXT NOT NULL,
  dynamic_key TEXT NOT NULL,
  cache_key TEXT,
  task_version TEXT,
  empirical_policy TEXT NOT NULL,
  tags TEXT NOT NULL,
  labels TEXT NOT NULL,
  task_inputs TEXT NOT NULL,
  state_id TEXT,
  state_type TEXT,
  state_name TEXT,
  state_timestamp INTEGER,
  run_count INTEGER NOT NULL DEFAULT 0,
  flow_run_run_count INTEGER NOT NULL DEFAULT 0,
  expected_start_time INTEGER,
  next_scheduled_start_time INTEGER,
  start_time INTEGER,
  end_time INTEGER,
  total_run_time REAL NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX task_runs_by_key ON task_runs (flow_run_id, task_key, dynamic_key);

-- No foreign key: events bring states in any order.
CREATE TABLE task_run_states (
  id TEXT PRIMARY KEY,
  task_run_id TEXT NOT NULL,
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  timestamp INTEGER NOT NULL,
  message TEXT,
  data TEXT,
  state_details TEXT NOT NULL
) STRICT;
CREATE INDEX task_run_states_by_run ON task_run_states (task_run_id, timestamp);

CREATE TABLE logs (
  -- insertion order, which is what equal timestamps are read in
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  level INTEGER NOT NULL,
  message TEXT NOT NULL,
  timestamp INTEGER NOT NULL,
  flow_run_id TEXT,
  task_run_id TEXT
) STRICT;
CREATE INDEX logs_by_flow_run ON logs (flow_run_id, timestamp);
CREATE INDEX logs_by_timestamp ON logs (timestamp);

CREATE TABLE artifacts (
  id TEXT PRIMARY KEY,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  key TEXT,
  type TEXT,
  description TEXT,
  data TEXT,
  metadata_ TEXT,
  flow_run_id TEXT,
  task_run_id TEXT
) STRICT;
CREATE INDEX artifacts_by_flow_run ON artifacts (flow_run_id);
CREATE INDEX artifacts_by_key ON artifacts (key, created);

CREATE TABLE variables (
  id TEXT PRIMARY KEY,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  name TEXT NOT NULL UNIQUE,
  value TEXT NOT NULL,
  tags TEXT NOT NULL
) STRICT;

CREATE TABLE block_documents (
  id TEXT PRIMARY KEY,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  name TEXT NOT NULL,
  block_type_id TEXT NOT NULL,
  block_schema_id TEXT NOT NULL,
  is_anonymous INTEGER NOT NULL,
  -- AES-256-GCM: 12 bytes of nonce, 16 of tag, the rest is the JSON's ciphertext
  data BLOB NOT NULL,
  UNIQUE (block_type_id, name)
) STRICT;
