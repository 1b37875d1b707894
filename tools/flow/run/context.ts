import { AsyncLocalStorage } from 'node:async_hooks';

import { TributaryError } from '@tributary/contract/error';
import type { TaskRunId } from '@tributary/contract/id';

import type { Activity } from './activity.ts';
import type { FlowAttempt } from './flow-attempt.ts';
import type { CallNumbers } from './children/call-numbers.ts';
import type { EnginePort } from './engine-port.ts';
import type { RunInfo } from './run-info.ts';

/** The run that user code runs in. Each attempt of a flow run has a context, and so does each attempt of a task. */
export interface RunContext {
  readonly port: EnginePort;
  readonly run: RunInfo;
  readonly flowName: string;
  /** the state of this attempt of the flow run */
  readonly attempt: FlowAttempt;
  /** whether the calling code works or waits: the flow's body, or this try of the task */
  readonly activity: Activity;
  /** numbers the child runs that user code starts; each attempt of the flow has its own numbers, and so does each try of a task */
  readonly calls: CallNumbers;
  /** the innermost task; null outside a task */
  readonly task: { readonly id: TaskRunId; readonly name: string } | null;
  /** the context of the flow that called this one in the same process; null for a root run */
  readonly parent: RunContext | null;
  /** returns the integration whose cache the tasks use: the path of its folder below the workspace's root, such as `ints/shop` */
  readonly integration: () => string;
}

const key: unique symbol = Symbol.for('tributary.run');

interface Loaded {
  readonly path: string;
  readonly storage: AsyncLocalStorage<RunContext>;
}
// A second copy of this module finds the storage of the first one here.
const shared: typeof globalThis & { [key]?: Loaded } = globalThis;
const path = import.meta.filename;
const loaded = (shared[key] ??= { path, storage: new AsyncLocalStorage() });
if (loaded.path !== path) {
  throw new TributaryError(
    'misuse',
    `@tributary/flow was loaded twice in one process: from ${loaded.path} and from ${path}. Keep one copy: the run host and the integration must resolve to the same package.`,
  );
}

/** @returns the context of the calling code; undefined outside a flow */
export function currentContext(): RunContext | undefined {
  return loaded.storage.getStore();
}

/** Runs user code in a context. Inside the body, `currentContext` returns this context. */
export function inContext<Result>(context: RunContext, body: () => Result): Result {
  return loaded.storage.run(context, body);
}
