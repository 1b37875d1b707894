import { z } from 'zod';

import { carried } from '../carried.ts';
import { flowRunId, leaseId, stateId, taskRunId } from '../id.ts';
import { timestamp } from '../time.ts';
import { answerNouns, bodyNouns } from './registries.ts';

export const stateTypes = [
  'SCHEDULED',
  'PENDING',
  'RUNNING',
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'CRASHED',
  'PAUSED',
  'CANCELLING',
] as const;
export const stateType = z.enum(stateTypes);
export type StateType = z.output<typeof stateType>;

/** A type in an answer. An unknown type, of a newer server, never counts as an end. */
export const carriedStateType = carried(stateType);
export type CarriedStateType = z.output<typeof carriedStateType>;

const terminal = ['COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED'] as const satisfies readonly StateType[];
export type TerminalStateType = (typeof terminal)[number];

/** True if a run in such a state has ended. Only a retry starts it again. */
export function isTerminal(type: CarriedStateType): type is TerminalStateType {
  return (terminal as readonly CarriedStateType[]).includes(type);
}

/** Whether a run in a state of this type has ended without completing its work. False without a state. */
export function endedBadly(type: CarriedStateType | null | undefined): boolean {
  return type != null && isTerminal(type) && type !== 'COMPLETED';
}

/** The types of states in which a run has not ended. */
export const unfinishedStateTypes: readonly StateType[] = stateTypes.filter((type) => !isTerminal(type));

/** True if a run is suspended. Such a run is paused and has no process that waits: its last process has ended or will end. */
export function isSuspended({ type, state_details }: Pick<State, 'type' | 'state_details'>): boolean {
  return type === 'PAUSED' && state_details.pause_reschedule === true;
}

/** The names of states that the protocol defines. The first name of a type is its default. */
export const stateNames = {
  SCHEDULED: ['Scheduled', 'Late', 'AwaitingRetry', 'AwaitingConcurrencySlot', 'Resuming'],
  PENDING: ['Pending', 'Submitting', 'InfrastructurePending'],
  RUNNING: ['Running', 'Retrying', 'Rerunning'],
  COMPLETED: ['Completed', 'Cached', 'RolledBack'],
  FAILED: ['Failed', 'TimedOut'],
  CANCELLED: ['Cancelled'],
  CRASHED: ['Crashed'],
  PAUSED: ['Paused', 'Suspended', 'NotReady'],
  CANCELLING: ['Cancelling'],
} as const satisfies Record<StateType, readonly string[]>;

/** The details that the server's rules need about a state. The protocol ignores other keys, so they are dropped. */
export const stateDetails = z.object({
  flow_run_id: flowRunId.nullish(),
  task_run_id: taskRunId.nullish(),
  child_flow_run_id: flowRunId.nullish(),
  scheduled_time: timestamp.nullish(),
  cache_key: z.string().nullish(),
  cache_expiration: timestamp.nullish(),
  deferred: z.boolean().nullish(),
  untrackable_result: z.boolean().nullish(),
  pause_timeout: timestamp.nullish(),
  pause_reschedule: z.boolean().nullish(),
  pause_key: z.string().nullish(),
  run_input_keyset: z.record(z.string(), z.string()).nullish(),
  refresh_cache: z.boolean().nullish(),
  retriable: z.boolean().nullish(),
  /** new for each proposal, the same in all its HTTP retries */
  transition_id: z.guid().nullish(),
  task_parameters_id: z.guid().nullish(),
  traceparent: z.string().nullish(),
  deployment_concurrency_lease_id: leaseId.nullish(),
});
answerNouns.add(stateDetails, { id: 'StateDetails' });
export type StateDetails = z.output<typeof stateDetails>;

/** A state as the server sends it. */
export const state = z.object({
  id: stateId,
  type: carriedStateType,
  name: z.string(),
  timestamp,
  message: z.string().nullish(),
  data: z.unknown().optional(),
  state_details: stateDetails,
});
answerNouns.add(state, { id: 'State' });
export type State = z.output<typeof state>;

/** A state as a client proposes it. The server adds id and timestamp. */
export const stateProposal = z.strictObject({
  type: stateType,
  name: z.string().nullish(),
  message: z.string().nullish(),
  data: z.unknown().optional(),
  state_details: stateDetails.nullish(),
});
bodyNouns.add(stateProposal, { id: 'StateProposal' });
export type StateProposal = z.output<typeof stateProposal>;
export type StateProposalInput = z.input<typeof stateProposal>;

/** The name of a state that was proposed without one: `Running` for RUNNING. */
export function defaultStateName(type: CarriedStateType): string {
  const names: Readonly<Partial<Record<CarriedStateType, readonly string[]>>> = stateNames;
  return names[type]?.[0] ?? type;
}
