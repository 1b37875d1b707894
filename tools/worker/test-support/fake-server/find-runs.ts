import { newId, type WorkPoolId, type WorkQueueId } from '@tributary/contract/id';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { labelNames } from '@tributary/contract/nouns/label';
import { stateType } from '@tributary/contract/nouns/state';
import { z } from 'zod';

import type { FakeStore } from './fake-store.ts';

const pollQuery = z.object({ limit: z.int(), work_queue_names: z.array(z.string()).optional() });
const interruptionsQuery = z.object({ worker: z.string(), boot: z.string(), known: z.array(z.string()) });
const runsQuery = z.object({
  flow_runs: z.object({
    id: z.object({ any_: z.array(z.string()) }).optional(),
    state: z.object({ type: z.object({ any_: z.array(stateType) }) }),
  }),
});

function allRuns({ rows }: FakeStore): FlowRun[] {
  return [...rows.values()].map(({ run }) => run);
}

export function scheduledRuns(store: FakeStore, body: unknown): unknown[] {
  const { limit } = pollQuery.parse(body);
  const due = allRuns(store).filter(({ state_type }) => state_type === 'SCHEDULED');
  const place = { work_pool_id: newId<WorkPoolId>(), work_queue_id: newId<WorkQueueId>() };
  return due.slice(0, limit).map((flow_run) => ({ ...place, flow_run }));
}

export function interruptions(store: FakeStore, body: unknown): unknown[] {
  const { boot, known } = interruptionsQuery.parse(body);
  return allRuns(store)
    .filter(({ state_type }) => state_type === 'CANCELLING' || state_type === 'PAUSED')
    .filter(({ labels, state_id }) => labels?.[labelNames.boot] === boot && !known.includes(state_id ?? ''))
    .map(({ id, state_id, state_type }) => ({ id, state_id, state_type }));
}

export function filterRuns(store: FakeStore, body: unknown): FlowRun[] {
  const { id: ids, state } = runsQuery.parse(body).flow_runs;
  return allRuns(store).filter(
    ({ id, state_type }) => state.type.any_.some((type) => type === state_type) && (ids?.any_.includes(id) ?? true),
  );
}
