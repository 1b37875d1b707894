import type { FlowRunId, StateId } from '@tributary/contract/id';

/** The flow run that this process was started for. */
export interface RootRun {
  readonly id: FlowRunId;
  readonly attempt: number;
  readonly claim: string | null;
  /** the state that the worker gave the run */
  readonly claimedStateId: StateId;
  readonly lease: string | null;
}
