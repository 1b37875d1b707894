/**
 * An intended difference between our server's answers and Prefect's. `tools/contract/PROTOCOL.md` has the reason for each difference, under
 * the same key.
 */
export interface MeantDifference {
  readonly key: string;
  /** `topic/step`; `*` stands for any text */
  readonly steps: readonly string[];
  /** places in the answer, such as `status` or `body.labels`; `*` stands for any text */
  readonly paths: readonly string[];
  /** what our server answers at these places; any answer is fine if this is absent */
  readonly ours?: string | number | boolean | null;
  /** allows the difference only if our server's answer has no value at these places */
  readonly missing?: true;
}

export const differences: readonly MeantDifference[] = [
  {
    key: 'large-integers-are-texts',
    steps: ['integers/ask for *'],
    paths: ['status', 'body', 'body.*'],
  },
  {
    key: 'our-own-routes',
    steps: [
      'admin/what only our server can do',
      'admin/runs to cancel or paused, by a route that only our server has',
      'admin/why runs wait, by a route that only our server has',
      'admin/several changes at once, by a route that only our server has',
      'flow-runs/the end of a run, by a route that only our server has',
      'flow-runs/runs by the beginning of their id, by a route that only our server has',
      'flow-runs/its tree, by a route that only our server has',
    ],
    paths: ['status'],
    ours: 200,
  },
  {
    key: 'version-first',
    steps: ['admin/an old version of the API'],
    paths: ['status'],
    ours: 400,
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
    key: 'scheduled-keys-in-utc',
    steps: ['schedules/runs of *', 'schedules/idempotency key of *'],
    paths: ['body[*].idempotency_key', 'body'],
  },
  {
    key: 'intervals-of-heartbeats-are-kept',
    steps: ['work-pools/workers*'],
    paths: ['body[*].heartbeat_interval_seconds'],
  },
  {
    key: 'runs-are-in-their-deployments-queue',
    steps: ['filters/flow_runs without a queue*'],
    paths: ['*'],
  },
  {
    key: 'a-limit-switched-off-limits-nothing',
    steps: ['concurrency/inactive: *'],
    paths: ['*'],
  },
  {
    key: 'job-variables-are-an-object',
    steps: ['flow-runs/create with * key*'],
    paths: ['body.job_variables'],
  },
  {
    key: 'which-parameters',
    steps: [
      'create-flow-run/parameters: *',
      'create-flow-run/wrong parameters, enforced by the run',
      'deployments/change to parameters that do not fit',
    ],
    paths: ['body.errors'],
  },
  {
    key: 'schedules-follow-the-wall-clock',
    steps: ['clock-changes/cron of every hour in autumn'],
    paths: ['body'],
    ours: '23:00 00:00 01:00 02:00 03:00 04:00 05:00 06:00',
  },
  {
    key: 'schedules-follow-the-wall-clock',
    steps: ['clock-changes/cron of several hours in spring'],
    paths: ['body'],
    ours: '01:00',
  },
  {
    key: 'schedules-follow-the-wall-clock',
    steps: ['clock-changes/cron of every second hour in spring'],
    paths: ['body'],
    ours: '01:00 02:00 04:00 06:00',
  },
  {
    key: 'schedules-follow-the-wall-clock',
    steps: ['clock-changes/rrule of several hours in spring'],
    paths: ['body'],
    ours: '01:30',
  },
  {
    key: 'crons-skip-no-date',
    steps: ['schedules/runs of cron by day or weekday of the month', 'schedules/idempotency key of cron by day or weekday of the month'],
    paths: ['*'],
  },
  {
    key: 'schedules-that-never-fire',
    steps: ['schedules/a cron that never fires', 'schedules/an rrule that excludes all'],
    paths: ['status', 'body', 'body.*'],
  },
  {
    key: 'crons-mean-what-they-say',
    steps: ['schedules/a cron with a range of one hour', 'schedules/a cron with a random minute'],
    paths: ['status', 'body', 'body.*'],
  },
  {
    key: 'rrules-are-those-of-the-standard',
    steps: ['schedules/an rrule by Easter', 'schedules/an rrule with a part twice'],
    paths: ['status', 'body', 'body.*'],
  },
  {
    key: 'upsert-keeps-max-scheduled-runs',
    steps: ['schedules/*'],
    paths: ['body*.max_scheduled_runs'],
    ours: 2,
  },
  {
    key: 'null-means-left-out',
    steps: ['flows/create with null tags', 'variables/create with null tags', 'rules/null for everything'],
    paths: ['status'],
  },
  {
    key: 'labels-are-an-object',
    steps: ['flows/create with null labels'],
    paths: ['body.labels'],
  },
  {
    key: 'labels-are-flat',
    steps: ['flow-runs/add wrong labels'],
    paths: ['status'],
    ours: 422,
  },
  {
    key: 'a-deployment-must-exist',
    steps: ['flow-runs/create with an unknown deployment'],
    paths: ['status'],
    ours: 409,
  },
  {
    key: 'latest-artifacts-have-their-own-id',
    steps: ['artifacts/read the latest', 'artifacts/the latest is still there'],
    paths: ['body.id'],
  },
  {
    key: 'tributary-pools-have-a-template',
    steps: ['*/pool', 'work-pools/*'],
    paths: ['body*.base_job_template.*'],
  },
  {
    key: 'pools-have-a-status-at-once',
    steps: ['work-pools/*'],
    paths: ['body*.status'],
  },
  {
    key: 'offered-runs-are-whole',
    steps: ['scheduled-runs/*'],
    paths: ['body[*].flow_run.state', 'body[*].flow_run.work_pool_name', 'body[*].flow_run.work_pool_id'],
  },
  {
    key: 'a-run-that-waits-has-no-process',
    steps: ['transitions/the record of runs with infrastructure*'],
    paths: ['body[*].infrastructure_pid'],
  },
  {
    key: 'runs-of-deleted-deployments',
    steps: ['schedules/runs of the deleted one'],
    paths: ['body[*].deployment_id'],
    ours: null,
  },
  {
    key: 'filters-that-are-not-ignored',
    steps: ['filters/flows of a queue*', 'filters/deployments by limit*'],
    paths: ['*'],
  },
  {
    key: 'unpersisted-data-is-told',
    steps: ['transitions/* with a result that is not kept'],
    paths: ['body*.state.data'],
  },
  {
    key: 'intervals-are-seconds',
    steps: ['schedules/an interval as ISO'],
    paths: ['status'],
    ours: 422,
  },
  {
    key: 'a-slug-is-used-once',
    steps: ['schedules/patch with the same slug twice'],
    paths: ['status'],
    ours: 409,
  },
  {
    key: 'scheduled-states-name-their-run',
    steps: ['schedules/runs of *'],
    paths: ['body[*].state.state_details.flow_run_id'],
  },
  {
    key: 'names-are-not-empty',
    steps: ['deployments/an empty name', 'variables/create the name ""', 'artifacts/create the key ""'],
    paths: ['status', 'body.*'],
  },
  {
    key: 'pages-of-task-runs-are-whole',
    steps: ['filters/task_runs, paginate: *'],
    paths: ['body.results[*].*'],
  },
  {
    key: 'secret-is-the-only-block',
    steps: ['blocks/*'],
    paths: [
      'status',
      'body*.block_type',
      'body*.block_schema',
      'body*.block_document_references',
      'body.code_example',
      'body.created',
      'body.description',
      'body.documentation_url',
      'body.is_protected',
      'body.logo_url',
      'body.name',
      'body.fields.*',
      'body.updated',
      'body.version',
    ],
  },
  {
    key: 'secrets-are-never-repeated',
    steps: ['blocks/*', 'wrong-bodies/block_documents/*'],
    paths: ['body*.data.value', 'body.request_body'],
  },
  {
    key: 'deployments-by-their-limit',
    steps: ['filters/deployments sorted CONCURRENCY_LIMIT_*'],
    paths: ['*'],
  },
  {
    key: 'leases-are-told-while-they-are-held',
    steps: ['concurrency/*'],
    paths: ['body.state.state_details.deployment_concurrency_lease_id'],
    ours: null,
  },
  {
    key: 'leases-are-told-while-they-are-held',
    steps: ['concurrency/*: a lease'],
    paths: ['body'],
    ours: 'object',
  },
  {
    key: 'a-paused-run-keeps-its-slot',
    steps: ['concurrency/endings: slots *'],
    paths: ['body', 'body.active_slots'],
  },
  {
    key: 'limits-tell-their-counters',
    steps: ['concurrency/*: slots *', 'deployments/its limit by name', 'limits/*'],
    paths: ['body.avg_slot_occupancy_seconds', 'body.denied_slots'],
  },
  {
    key: 'resuming-is-no-new-attempt',
    steps: ['concurrency/endings: PAUSED: *', 'transitions/the record of runs *', 'pauses/*: record'],
    paths: ['body*.empirical_policy.*', 'body*.run_count'],
  },
  {
    key: 'a-claim-is-for-a-run-that-waits',
    steps: [
      'transitions/COMPLETED to PENDING with a deployment',
      'transitions/COMPLETED to PENDING without a deployment',
      'transitions/COMPLETED to PENDING with a result that is not kept',
      'transitions/FAILED to PENDING with a deployment',
      'transitions/FAILED to PENDING without a deployment',
      'transitions/CRASHED to PENDING with a deployment',
      'transitions/CRASHED to PENDING without a deployment',
      'rules/a claim of what waits in its process',
    ],
    paths: ['status', 'body.status', 'body.details.*', 'body.state.*'],
  },
  {
    key: 'a-claim-is-for-a-run-that-waits',
    steps: ['transitions/the record of runs with a deployment', 'transitions/the record of runs without a deployment'],
    // In this list, sorted by name, these are the runs that went from COMPLETED, CRASHED and FAILED to PENDING.
    paths: ['body[24].*', 'body[33].*', 'body[42].*'],
  },
  {
    key: 'a-claim-is-for-a-run-that-waits',
    steps: ['transitions/the record of runs with a result that is not kept'],
    paths: ['body[6].*'],
  },
  {
    key: 'long-bodies-are-not-repeated',
    steps: ['deployments/parameters that are too long'],
    paths: ['body.*'],
  },
];
