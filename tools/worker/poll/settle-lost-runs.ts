import { allPages } from '@tributary/contract/client/pages';
import { proposeAsSeen } from '@tributary/contract/client/propose-as-seen';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { defaultStateName, type StateType } from '@tributary/contract/nouns/state';
import type { Worker } from '@tributary/contract/nouns/work-pool';

import { can, type Settings } from '../settings.ts';
import { lostRuns } from './lost-runs.ts';

/** State types in which a run may have a process. A run that waits for its retry may have a process, too. */
const unended: StateType[] = ['PENDING', 'RUNNING', 'PAUSED', 'CANCELLING'];

/**
 * Proposes an end for each run that no process executes any more, or schedules it again if it had not started. A server with claims watches the workers itself. On such a server, this
 * worker only settles the runs that its own process lost in an outage. The proposal isn't forced, so a run that has ended keeps its state.
 */
export async function settleLostRuns(
  settings: Settings,
  facts: { readonly isActive: (id: FlowRun['id']) => boolean; readonly inTouch: () => number },
  signal: AbortSignal,
): Promise<void> {
  const { name, boot, log } = settings;
  const { isActive } = facts;
  const workers = can(settings, 'claim') ? null : await readWorkers(settings, signal);
  const inTouch = facts.inTouch();
  for (const { run, end } of lostRuns(await readUnended(settings, signal), { name, boot, isActive, workers, inTouch })) {
    // The run may have been settled, released or retried since it was read, and another worker may execute it.
    const isAsSeen = (now: FlowRun): boolean => now.state_id === run.state_id && !isActive(run.id);
    const { status } = await proposeAsSeen(settings.client, { run, state: end, isAsSeen, signal });
    if (status === 'ACCEPT') log(`${run.name}: ${defaultStateName(end.type)}. ${end.message}`);
  }
}

function readUnended({ client, pool }: Settings, signal: AbortSignal): Promise<FlowRun[]> {
  const flow_runs = { state: { operator: 'or_' as const, type: { any_: unended }, name: { any_: ['AwaitingRetry'] } } };
  return allPages((page) => client.filterFlowRuns({ body: { work_pools: { name: { any_: [pool] } }, flow_runs, ...page }, signal }));
}

function readWorkers({ client, pool }: Settings, signal: AbortSignal): Promise<Worker[]> {
  return allPages((page) => client.filterWorkers({ path: { pool }, body: page, signal }));
}
