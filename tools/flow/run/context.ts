import { AsyncLocalStorage } from 'node:async_hooks';

import { TributaryError } from '@tributary/contract/error';
import type { TaskRunId } from '@tributary/contract/id';

import type { FlowAttempt } from './flow-attempt.ts';
import type { CallNumbers } from './children/call-numbers.ts';
import type { EnginePort } from './engine-port.ts';
import type { RunInfo } from './run-info.ts';

/** What user code runs in: one per attempt of a flow run, and one per attempt of each task in it. */
export interface RunContext {
  readonly port: EnginePort;
  readonly run: RunInfo;
  readonly flowName: string;
  /** what the attempt of the flow run keeps count of */
  readonly attempt: FlowAttempt;
  /** numbers the calls of child runs made here: by the attempt, or by this try of the innermost task */
  readonly calls: CallNumbers;
  /** the innermost task */
  readonly task: { readonly id: TaskRunId; readonly name: string } | null;
  /** of the flow that called this one, in this process */
  readonly parent: RunContext | null;
  /** whose cache it uses: the integration's folder below the workspace's root, `ints/shop` */
  readonly integration: () => string;
}

const key: unique symbol = Symbol.for('tributary.run');

interface Loaded {
  readonly path: string;
  readonly storage: AsyncLocalStorage<RunContext>;
}
// Every copy of this module finds what the first one left here.
const shared: typeof globalThis & { [key]?: Loaded } = globalThis;
const path = import.meta.filename;
const loaded = (shared[key] ??= { path, storage: new AsyncLocalStorage() });
if (loaded.path !== path) {
  throw new TributaryError(
    'misuse',
    `@tributary/flow was loaded twice in one process: from ${loaded.path} and from ${path}. Keep one copy: the run host and the integration must resolve the same package.`,
  );
}

/** @returns undefined outside a flow */
export function currentContext(): RunContext | undefined {
  return loaded.storage.getStore();
}

/** Runs user code so that the framework's calls in it find their run. */
export function inContext<Result>(context: RunContext, body: () => Result): Result {
  return loaded.storage.run(context, body);
}
