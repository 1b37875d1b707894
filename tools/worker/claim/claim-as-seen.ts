import { patience } from '@tributary/contract/client/patience';
import { proposeAsSeen } from '@tributary/contract/client/propose-as-seen';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { type State, stateType } from '@tributary/contract/nouns/state';

import type { Settings } from '../settings.ts';
import type { ClaimProposal, ClaimResult } from './claim-proposal.ts';

/**
 * Claims a run from a server without claims, which grants PENDING in nearly every state: the worker looks at the run before, and once more
 * after, because a claim may be on its way for long. A run that only became Late is still the one that was offered.
 */
export async function claimAsSeen(settings: Settings, { run, ...claiming }: ClaimProposal): Promise<ClaimResult> {
  const { client } = settings;
  const { signal } = claiming;
  const isAsSeen = (now: FlowRun): boolean => now.state_type === 'SCHEDULED' && now.run_count === run.run_count;
  const { status, state } = await proposeAsSeen(settings.client, { run, isAsSeen, ...claiming });
  if (status === 'not as seen' && state?.type === 'SCHEDULED') return 'offered anew';
  if (status !== 'ACCEPT' || state?.type !== 'PENDING') return 'refused';
  const { data: now } = await client.readFlowRun({ path: { id: run.id }, patience: patience.worker, signal });
  if (now.run_count === run.run_count) return { state, token: null };
  if (now.state_id === state.id) await putBack(settings, run, state, signal);
  return 'refused';
}

/** Gives a run that another worker has executed meanwhile the state again that this claim has replaced. */
async function putBack({ client, log }: Settings, run: FlowRun, claimed: State, signal: AbortSignal): Promise<void> {
  const { data: states } = await client.readFlowRunStates({ query: { flow_run_id: run.id }, patience: patience.worker, signal });
  const before = states.toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1)).filter(({ timestamp }) => timestamp < claimed.timestamp);
  const last = before.at(-1);
  if (!last) return;
  const { name, message, data } = last;
  const state_details = { ...last.state_details, transition_id: crypto.randomUUID() };
  const body = { state: { type: stateType.parse(last.type), name, message, data, state_details }, force: true };
  await client.setFlowRunState({ path: { id: run.id }, body, patience: patience.worker, signal });
  log(`${run.name}: executed by another worker while this worker's claim was on its way; it is ${name} again.`);
}
