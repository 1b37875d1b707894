import type { FlowRunId, StateId } from '@tributary/contract/id';

/** The run that this process was started for. */
export interface RootRun {
  readonly id: FlowRunId;
  readonly attempt: number;
  readonly claim: string | null;
  /** the state in which the worker left it */
  readonly claimedStateId: StateId;
  readonly lease: string | null;
}
