import type { countQuery } from '@tributary/contract/nouns/filter';
import type { z } from 'zod';

import { type Clause, combine, within } from './clause.ts';
import { deploymentClause, flowClause, flowRunClause, taskRunClause, workPoolClause, workQueueClause } from './nouns.ts';

/** A request's filters by noun. */
export type Joined = z.output<typeof countQuery>;
type Noun = keyof Joined;
export type Listed = 'flows' | 'deployments' | 'flow_runs' | 'task_runs' | 'artifacts';

const flowRuns = 'SELECT r.id FROM flow_runs r';
const inPool = 'SELECT q.id FROM work_queues q JOIN work_pools p ON p.id = q.work_pool_id WHERE %';
const inQueue = 'SELECT q.id FROM work_queues q WHERE %';

/** How a list filters its rows by another noun. `%` stands for that noun's clause. */
const paths: Readonly<Record<Listed, Readonly<Partial<Record<Noun, string>>>>> = {
  flows: {
    flows: '%',
    deployments: 'f.id IN (SELECT d.flow_id FROM deployments d WHERE %)',
    flow_runs: 'f.id IN (SELECT r.flow_id FROM flow_runs r WHERE %)',
    task_runs: 'f.id IN (SELECT r.flow_id FROM flow_runs r JOIN task_runs t ON t.flow_run_id = r.id WHERE %)',
    work_pools: `f.id IN (SELECT d.flow_id FROM deployments d WHERE d.work_queue_id IN (${inPool}))`,
    work_pool_queues: `f.id IN (SELECT d.flow_id FROM deployments d WHERE d.work_queue_id IN (${inQueue}))`,
  },
  deployments: {
    flows: 'd.flow_id IN (SELECT f.id FROM flows f WHERE %)',
    deployments: '%',
    flow_runs: 'd.id IN (SELECT r.deployment_id FROM flow_runs r WHERE %)',
    task_runs: 'd.id IN (SELECT r.deployment_id FROM flow_runs r JOIN task_runs t ON t.flow_run_id = r.id WHERE %)',
    work_pools: `d.work_queue_id IN (${inPool})`,
    work_pool_queues: `d.work_queue_id IN (${inQueue})`,
  },
  flow_runs: {
    flows: 'r.flow_id IN (SELECT f.id FROM flows f WHERE %)',
    deployments: 'r.deployment_id IN (SELECT d.id FROM deployments d WHERE %)',
    flow_runs: '%',
    task_runs: 'r.id IN (SELECT t.flow_run_id FROM task_runs t WHERE %)',
    work_pools: `r.work_queue_id IN (${inPool})`,
    work_pool_queues: `r.work_queue_id IN (${inQueue})`,
  },
  task_runs: {
    flows: `t.flow_run_id IN (${flowRuns} JOIN flows f ON f.id = r.flow_id WHERE %)`,
    deployments: `t.flow_run_id IN (${flowRuns} JOIN deployments d ON d.id = r.deployment_id WHERE %)`,
    flow_runs: `t.flow_run_id IN (${flowRuns} WHERE %)`,
    task_runs: '%',
    work_pools: `t.flow_run_id IN (${flowRuns} WHERE r.work_queue_id IN (${inPool}))`,
    work_pool_queues: `t.flow_run_id IN (${flowRuns} WHERE r.work_queue_id IN (${inQueue}))`,
  },
  artifacts: {
    flows: `a.flow_run_id IN (${flowRuns} JOIN flows f ON f.id = r.flow_id WHERE %)`,
    deployments: `a.flow_run_id IN (${flowRuns} JOIN deployments d ON d.id = r.deployment_id WHERE %)`,
    flow_runs: `a.flow_run_id IN (${flowRuns} WHERE %)`,
    task_runs: 'a.task_run_id IN (SELECT t.id FROM task_runs t WHERE %)',
    work_pools: `a.flow_run_id IN (${flowRuns} WHERE r.work_queue_id IN (${inPool}))`,
    work_pool_queues: `a.flow_run_id IN (${flowRuns} WHERE r.work_queue_id IN (${inQueue}))`,
  },
};

/** Combines all filters of a request for a list into one clause. */
export function joinedClause(listed: Listed, joined: Joined): Clause {
  const reach = (noun: Noun, inner: Clause | null | undefined): Clause | undefined => {
    const path = paths[listed][noun];
    return inner && path ? within(path, inner) : undefined;
  };
  return combine([
    reach('flows', joined.flows && flowClause(joined.flows)),
    reach('deployments', joined.deployments && deploymentClause(joined.deployments)),
    reach('flow_runs', joined.flow_runs && flowRunClause(joined.flow_runs)),
    reach('task_runs', joined.task_runs && taskRunClause(joined.task_runs)),
    reach('work_pools', joined.work_pools && workPoolClause(joined.work_pools)),
    reach('work_pool_queues', joined.work_pool_queues && workQueueClause(joined.work_pool_queues)),
  ]);
}
