import { patience } from '@tributary/contract/client/patience';
import { proposeAsSeen } from '@tributary/contract/client/propose-as-seen';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { type State, stateType } from '@tributary/contract/nouns/state';

import type { Settings } from '../settings.ts';
import type { ClaimProposal, ClaimResult } from './claim-proposal.ts';

/**
 * Claims a run on a server that doesn't have the feature `claim`. Such a server accepts PENDING in nearly every state of a run. The worker
 * therefore reads the run before its claim. It reads the run again after the claim, because the claim may take long to arrive. A run that
 * became Late before the claim can still be claimed.
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
  if (now.state_id === state.id) await restoreState(settings, run, state, signal);
  return 'refused';
}

/**
 * Restores the state that this claim replaced. Called if another worker executed the run before the claim arrived. The claim is the run's
 * newest state, although not always by its timestamp: a Prefect server stamps a proposal when it arrives, and may write it after others that
 * arrived later. If only the states with an earlier timestamp counted, the run would become SCHEDULED again, and start twice.
 */
async function restoreState({ client, log }: Settings, run: FlowRun, claimed: State, signal: AbortSignal): Promise<void> {
  const { data: states } = await client.readFlowRunStates({ query: { flow_run_id: run.id }, patience: patience.worker, signal });
  const others = states.filter(({ id }) => id !== claimed.id);
  const last = others.toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1)).at(-1);
  if (!last) return;
  const { name, message, data } = last;
  const state_details = { ...last.state_details, transition_id: crypto.randomUUID() };
  const body = { state: { type: stateType.parse(last.type), name, message, data, state_details }, force: true };
  await client.setFlowRunState({ path: { id: run.id }, body, patience: patience.worker, signal });
  log(`${run.name}: another worker executed this run while the claim was on its way. The run's state ${name} was restored.`);
}
