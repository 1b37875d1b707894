import type { DeploymentId, FlowRunId } from '../id.ts';
import type { Timestamp } from '../moment.ts';
import type { SlotHolder, WaitingCode } from '../nouns/waiting.ts';
import type { CarriedStateType } from '../nouns/state.ts';

/** A run as the rule sees it. */
export interface WaitingRun {
  readonly id: FlowRunId;
  readonly state_type: CarriedStateType | null;
  readonly state_name: string | null;
  /** when the run is due; null if it isn't scheduled */
  readonly due: Timestamp | null;
  /** true if the run's process waits to retry it, so that no worker is needed */
  readonly isInProcess: boolean;
  readonly isSuspended: boolean;
  /** true if a paused run waits for input */
  readonly wantsInput: boolean;
  /** the worker that claimed the run, if it is known */
  readonly worker: string | null;
}

/** A limit, and how many of its slots are taken. */
export interface Slots {
  readonly limit: number;
  readonly taken: number;
}

/** What decides why a run waits. A server reads it from its database, a client of a Prefect server by several requests. */
export interface WaitFacts {
  readonly run: WaitingRun;
  /** null if the run has none, or if the pool was deleted */
  readonly pool: {
    readonly name: string;
    readonly type: string;
    readonly is_paused: boolean;
    /** null without a limit */
    readonly slots: Slots | null;
    readonly workersOnline: number;
    /** how many runs of the pool are PENDING or RUNNING */
    readonly runs: number;
  } | null;
  readonly queue: {
    readonly name: string;
    readonly is_paused: boolean;
    readonly slots: Slots | null;
    /** whether a worker has asked for runs of the queue lately */
    readonly isPolled: boolean;
  } | null;
  readonly deployment: {
    readonly id: DeploymentId;
    /** `flow/deployment` */
    readonly name: string;
    readonly slots: Slots | null;
  } | null;
  /** the full concurrency limit for whose slots a task of the run waits; null if no task waits, or if it is unknown */
  readonly asked: { readonly name: string; readonly slots: Slots } | null;
}

/** A code that {@link findWait} can find. It can't find `held-by-waiting-parents`, because it doesn't know who holds the slots. */
export type FoundCode = Exclude<WaitingCode, 'held-by-waiting-parents' | 'unknown-run'>;

/** Who holds the slots for which a run waits. */
export interface Held {
  /** the run's parents first, at most ten */
  readonly holders: readonly SlotHolder[];
  readonly count: number;
  /** how many of them are parents of the run */
  readonly parents: number;
}

export const heldByNobody: Held = { holders: [], count: 0, parents: 0 };
