import type { Ancestor } from '@tributary/contract/client/read-ancestors';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { Timestamp } from '@tributary/contract/moment';

import type { ApiClient } from '../../engine/open.ts';

/** When a run was cancelled, by the cancel of which run, and with which message. */
export interface Cancel {
  readonly at: Timestamp;
  readonly message: string | null;
  /** the run whose cancel cancelled this one; the run itself if it was cancelled directly */
  readonly run: FlowRun;
}

/** Reads who cancelled a run. Its ancestors' cancels end their children too, so the outermost cancelled ancestor is asked. */
export async function readCancel(client: ApiClient, run: FlowRun, ancestors: readonly Ancestor[]): Promise<Cancel | null> {
  if (!isCancelled(run)) return null;
  const end = ancestors.findIndex((ancestor) => !isCancelled(ancestor.run));
  const cancelled = (end < 0 ? ancestors : ancestors.slice(0, end)).at(-1)?.run ?? run;
  const { data: states } = await client.readFlowRunStates({ query: { flow_run_id: cancelled.id } });
  const inOrder = states.toSorted((one, other) => (one.timestamp < other.timestamp ? -1 : 1));
  const state = inOrder.findLast(({ type }) => type === 'CANCELLING') ?? inOrder.findLast(({ type }) => type === 'CANCELLED');
  return state ? { at: state.timestamp, message: state.message ?? null, run: cancelled } : null;
}

function isCancelled({ state_type: type }: FlowRun): boolean {
  return type === 'CANCELLED' || type === 'CANCELLING';
}
