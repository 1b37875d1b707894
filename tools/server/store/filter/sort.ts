/** A list's ORDER BY for each of its sorts. Rows without a value come last. Rows with equal values are ordered by id. */
export const flowSort = {
  CREATED_DESC: 'f.created DESC, f.id',
  UPDATED_DESC: 'f.updated DESC, f.id',
  NAME_ASC: 'f.name, f.id',
  NAME_DESC: 'f.name DESC, f.id',
} as const;

export const deploymentSort = {
  CREATED_DESC: 'd.created DESC, d.id',
  UPDATED_DESC: 'd.updated DESC, d.id',
  NAME_ASC: 'd.name, d.id',
  NAME_DESC: 'd.name DESC, d.id',
  CONCURRENCY_LIMIT_ASC: 'l."limit" NULLS LAST, d.id',
  CONCURRENCY_LIMIT_DESC: 'l."limit" DESC NULLS LAST, d.id',
} as const;

export const flowRunSort = {
  ID_DESC: 'r.id DESC',
  START_TIME_ASC: 'coalesce(r.start_time, r.expected_start_time) NULLS LAST, r.id',
  START_TIME_DESC: 'coalesce(r.start_time, r.expected_start_time) DESC NULLS LAST, r.id',
  EXPECTED_START_TIME_ASC: 'r.expected_start_time NULLS LAST, r.id',
  EXPECTED_START_TIME_DESC: 'r.expected_start_time DESC NULLS LAST, r.id',
  NAME_ASC: 'r.name, r.id',
  NAME_DESC: 'r.name DESC, r.id',
  NEXT_SCHEDULED_START_TIME_ASC: 'r.next_scheduled_start_time NULLS LAST, r.id',
  END_TIME_DESC: 'r.end_time DESC NULLS LAST, r.id',
} as const;

export const taskRunSort = {
  ID_DESC: 't.id DESC',
  EXPECTED_START_TIME_ASC: 't.expected_start_time NULLS LAST, t.id',
  EXPECTED_START_TIME_DESC: 't.expected_start_time DESC NULLS LAST, t.id',
  NAME_ASC: 't.name, t.id',
  NAME_DESC: 't.name DESC, t.id',
  NEXT_SCHEDULED_START_TIME_ASC: 't.next_scheduled_start_time NULLS LAST, t.id',
  END_TIME_DESC: 't.end_time DESC NULLS LAST, t.id',
} as const;

export const artifactSort = {
  CREATED_DESC: 'a.created DESC, a.id',
  UPDATED_DESC: 'a.updated DESC, a.id',
  ID_DESC: 'a.id DESC',
  KEY_DESC: 'a.key DESC NULLS LAST, a.id',
  KEY_ASC: 'a.key NULLS LAST, a.id',
} as const;

export const variableSort = {
  CREATED_DESC: 'v.created DESC, v.id',
  UPDATED_DESC: 'v.updated DESC, v.id',
  NAME_ASC: 'v.name, v.id',
  NAME_DESC: 'v.name DESC, v.id',
} as const;

export const logSort = {
  TIMESTAMP_ASC: 'l.timestamp, l.number',
  TIMESTAMP_DESC: 'l.timestamp DESC, l.number DESC',
} as const;
