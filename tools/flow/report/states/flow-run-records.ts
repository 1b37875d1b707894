import type { FlowRunId, StateId } from '@tributary/contract/id';

import type { RootRun } from './root-run.ts';

/** What this process knows about a flow run that it runs. */
export interface FlowRunRecord {
  attempt: number;
  /** how many attempts a child run made before the parent's current attempt; they don't use up the child's retries */
  readonly before: number;
  /** resolves when the flow's retry policy is on the server */
  policy: Promise<void> | undefined;
  /** the last state that this process gave the run, and when, in milliseconds of performance.now() */
  known: { readonly state: StateId; readonly since: number } | undefined;
}

export interface FlowRunRecords {
  /** @returns the run's record, which is created if there is none yet */
  of(id: FlowRunId): FlowRunRecord;
  /** @returns undefined if there is no record of the run */
  find(id: FlowRunId): FlowRunRecord | undefined;
  /** Creates the record of a child run. @param runCount how many attempts the run has had */
  adopt(id: FlowRunId, runCount: number): void;
  forget(id: FlowRunId): void;
}

export function createFlowRunRecords(root: RootRun): FlowRunRecords {
  const records = new Map<FlowRunId, FlowRunRecord>([
    [root.id, { ...newRecord(0), attempt: root.attempt - 1, known: knownNow(root.claimedStateId) }],
  ]);
  return {
    of(id) {
      const record = records.get(id) ?? newRecord(0);
      records.set(id, record);
      return record;
    },
    find: (id) => records.get(id),
    adopt: (id, runCount) => void records.set(id, newRecord(runCount)),
    forget: (id) => void records.delete(id),
  };
}

export function knownNow(state: StateId): FlowRunRecord['known'] {
  return { state, since: performance.now() };
}

function newRecord(before: number): FlowRunRecord {
  return { attempt: before, before, policy: undefined, known: undefined };
}
