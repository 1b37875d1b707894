import { allPages } from '@tributary/contract/client/pages';
import { checkoutsOf } from '@tributary/contract/nouns/checkout';

import type { ApiClient } from '../../engine/open.ts';
import type { RunFacts } from './read-facts.ts';

/** The facts of a run as `--json` prints them: the run's own fields, what is related to it, all of its task runs, and its failure. */
export async function toJson(client: ApiClient, facts: RunFacts): Promise<object> {
  const { run, flow, deployment, worker, code, result, parent, children, cancel, waits, failure, rerun } = facts;
  const task_runs = await allPages((page) =>
    client.filterTaskRuns({ body: { task_runs: { flow_run_id: { any_: [run.id] } }, sort: 'EXPECTED_START_TIME_ASC', ...page } }),
  );
  return {
    flow_name: flow,
    deployment,
    ...run,
    worker,
    code,
    checkouts: checkoutsOf(run.labels),
    result,
    parent_flow_run: parent?.run ?? null,
    child_flow_runs: children,
    cancelled_by: cancel,
    waits_for: waits,
    task_runs,
    failure: failure ? { ...failure.found, ...failure.why } : undefined,
    rerun,
  };
}
