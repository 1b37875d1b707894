-- Slots that no lease holds: taken by `increment`, or of a limit whose slots come free by themselves.
ALTER TABLE concurrency_limits ADD COLUMN counted_slots REAL NOT NULL DEFAULT 0;
-- Since when counted_slots decay; integer microseconds.
ALTER TABLE concurrency_limits ADD COLUMN counted_at INTEGER NOT NULL DEFAULT 0;
-- Since when denied_slots decay.
ALTER TABLE concurrency_limits ADD COLUMN denied_at INTEGER NOT NULL DEFAULT 0;

-- As before, and: a lease of names that no limit has, or has any more, holds nothing; who holds it; slots that are among counted_slots.
CREATE TABLE new_leases (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  concurrency_limit_id TEXT REFERENCES concurrency_limits (id) ON DELETE SET NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  slots INTEGER NOT NULL,
  counted INTEGER NOT NULL DEFAULT 0,
  -- of the one slot that a run takes of its deployment's limit
  flow_run_id TEXT,
  -- of leases that code asked for: flow_run, task_run or deployment, and its id
  holder_type TEXT,
  holder_id TEXT
) STRICT;
INSERT INTO new_leases (id, concurrency_limit_id, created, expires, slots, flow_run_id)
  SELECT id, concurrency_limit_id, created, expires, slots, flow_run_id FROM leases;
DROP TABLE leases;
ALTER TABLE new_leases RENAME TO leases;
CREATE INDEX leases_by_id ON leases (id);
CREATE INDEX leases_by_limit ON leases (concurrency_limit_id);
CREATE INDEX leases_by_flow_run ON leases (flow_run_id);
CREATE INDEX leases_by_holder ON leases (holder_id) WHERE holder_id IS NOT NULL;
CREATE INDEX leases_by_expiry ON leases (expires);

CREATE TABLE flow_run_inputs (
  id TEXT PRIMARY KEY,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  flow_run_id TEXT NOT NULL REFERENCES flow_runs (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  sender TEXT,
  UNIQUE (flow_run_id, key)
) STRICT;
