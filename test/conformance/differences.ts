/** A difference that is meant. `tools/contract/PROTOCOL.md` gives the reason of each, under the same key. */
export interface MeantDifference {
  readonly key: string;
  /** `topic/step`; `*` stands for any text */
  readonly steps: readonly string[];
  /** places in the answer, `status`, `body.labels`; `*` stands for any text */
  readonly paths: readonly string[];
  /** what ours answers there; anything when left out */
  readonly ours?: string | number | boolean | null;
}

export const differences: readonly MeantDifference[] = [
  {
    key: 'our-own-routes',
    steps: ['admin/what only our server can do', 'admin/runs to cancel, which only our server tells'],
    paths: ['status'],
    ours: 200,
  },
  {
    key: 'wrong-method',
    steps: ['admin/a method that the route lacks'],
    paths: ['status'],
    ours: 404,
  },
  {
    key: 'version-first',
    steps: ['admin/an old version of the API'],
    paths: ['status'],
    ours: 400,
  },
  {
    key: 'null-means-left-out',
    steps: ['flows/create with null tags', 'variables/create with null tags', 'rules/null for everything', 'blocks/create *null*'],
    paths: ['status'],
  },
  {
    key: 'which-parameters',
    steps: ['create-flow-run/parameters: *', 'deployments/change to parameters that do not fit'],
    paths: ['body.errors'],
  },
  {
    key: 'errors-not-crashes',
    steps: [
      'deployments/a name with *',
      'deployments/change to an unknown pool',
      'wrong-bodies/deployments/ *',
      'wrong-bodies/block_documents/ *',
      'blocks/create of an unknown type',
      'flow-runs/a key with a space',
      'pauses/resume an unknown run',
      'work-pools/delete the default queue',
    ],
    paths: ['status', 'body.*'],
  },
  {
    key: 'times-are-iso',
    steps: ['logs/create with a wrong time'],
    paths: ['status'],
    ours: 422,
  },
  {
    key: 'a-log-has-one-time',
    steps: ['logs/*'],
    paths: ['body[*].created', 'body[*].updated'],
  },
  {
    key: 'like-is-literal',
    steps: ['filters/* by part of a name with %*'],
    paths: ['*'],
  },
  {
    key: 'more-to-filter-and-sort-by',
    steps: [
      'filters/flows by any tag*',
      'filters/task_runs by any tag*',
      'variables/by any tag',
      'filters/deployments sorted CONCURRENCY_LIMIT_*',
    ],
    paths: ['*'],
  },
  {
    key: 'scheduled-keys-in-utc',
    steps: ['schedules/runs of *', 'schedules/idempotency key of *'],
    paths: ['body[*].idempotency_key', 'body'],
  },
  {
    key: 'upsert-keeps-max-scheduled-runs',
    steps: ['schedules/with slugs', 'schedules/its schedules'],
    paths: ['body*.max_scheduled_runs'],
  },
  {
    key: 'offered-runs-have-their-state',
    steps: ['scheduled-runs/*'],
    paths: ['body[*].flow_run.state', 'body[*].flow_run.work_pool_name'],
  },
  {
    key: 'intervals-of-heartbeats-are-kept',
    steps: ['work-pools/workers*'],
    paths: ['body[*].heartbeat_interval_seconds'],
  },
  {
    key: 'secret-is-the-only-block',
    steps: ['blocks/*'],
    paths: [
      'body*.block_type',
      'body*.block_schema',
      'body*.block_document_references',
      'body.code_example',
      'body.description',
      'body.documentation_url',
      'body.logo_url',
      'body.fields.*',
      'body.version',
    ],
  },
  {
    key: 'secrets-are-hidden-whole',
    steps: ['blocks/create a value that is no text'],
    paths: ['body.data.value'],
  },
  {
    key: 'runs-are-in-their-deployments-queue',
    steps: ['filters/flow_runs without a queue*'],
    paths: ['*'],
  },
];
