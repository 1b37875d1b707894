import { allPages } from '@tributary/contract/client/pages';
import { proposeAsSeen } from '@tributary/contract/client/propose-as-seen';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { defaultStateName, type StateType } from '@tributary/contract/nouns/state';
import type { Worker } from '@tributary/contract/nouns/work-pool';

import { can, type Settings } from '../settings.ts';
import { lostRuns } from './lost-runs.ts';

/** States in which a run may have a process; so may one that waits for its retry. */
const unended: StateType[] = ['PENDING', 'RUNNING', 'PAUSED', 'CANCELLING'];

/**
 * Settles what nobody executes any more. A server with claims watches the workers itself: there, only this life's own lost runs are left to
 * do, after an outage. Without force: a run that has ended meanwhile stays as it is.
 */
export async function settleLostRuns(
  settings: Settings,
  facts: { readonly isInHand: (id: FlowRun['id']) => boolean; readonly inTouch: () => number },
  signal: AbortSignal,
): Promise<void> {
  const { name, boot, log } = settings;
  const { isInHand } = facts;
  const workers = can(settings, 'claim') ? null : await readWorkers(settings, signal);
  const inTouch = facts.inTouch();
  for (const { run, end } of lostRuns(await readUnended(settings, signal), { name, boot, isInHand, workers, inTouch })) {
    // It may have been settled, handed back or retried meanwhile, and be with another worker.
    const isAsSeen = (now: FlowRun): boolean => now.state_id === run.state_id && !isInHand(run.id);
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
