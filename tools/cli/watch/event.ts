import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { Log } from '@tributary/contract/nouns/log';
import type { State } from '@tributary/contract/nouns/state';
import type { TaskRun } from '@tributary/contract/nouns/task-run';
import type { Timestamp } from '@tributary/contract/time';

/** A flow run that is watched. */
export interface Watched {
  run: FlowRun;
  /** `flow/run name` */
  readonly label: string;
  /** the run that created it; undefined for the run that the user named */
  readonly parent: Watched | undefined;
  /** when the run was first seen in a terminal state, in milliseconds of this process's clock */
  endedAt: number | undefined;
}

/** An event that a watcher shows. */
export type WatchEvent = { readonly at: Timestamp; readonly label: string } & (
  | { readonly kind: 'state'; readonly state: State; readonly run: FlowRun }
  | { readonly kind: 'task'; readonly task: TaskRun; readonly state: State }
  | { readonly kind: 'log'; readonly log: Log }
  /** `deployment` is `flow/name`, or null for a child flow that runs in the parent's process */
  | { readonly kind: 'child'; readonly child: string; readonly deployment: string | null }
);
