import type { State } from '@tributary/contract/nouns/state';
import type { z } from 'zod';

import type { Origin } from './origin.ts';
import type { RunInfo } from './run-info.ts';

export const flowBrand: unique symbol = Symbol.for('tributary.flow');

/** Returns the name of a run for its parameters. */
export type NameRun = (parameters: Readonly<Record<string, unknown>>) => string;

/** Called after a run has ended. An error that it throws is logged and has no other effect. */
export type FlowHook = (run: RunInfo, state: State) => unknown;

/** A flow with all its options. Durations are in seconds. */
export interface FlowDefinition {
  readonly name: string;
  readonly description: string | null;
  /** null if the flow takes no parameters */
  readonly parameters: z.ZodObject | null;
  /** null if the flow may return anything */
  readonly result: z.ZodType | null;
  /** null if the run keeps the name that the engine gave it */
  readonly runName: NameRun | null;
  readonly retries: number;
  readonly retryDelay: number;
  readonly timeout: number | null;
  readonly hooks: {
    readonly onCompletion: readonly FlowHook[];
    readonly onFailure: readonly FlowHook[];
    readonly onCancellation: readonly FlowHook[];
    readonly onCrashed: readonly FlowHook[];
  };
  /** the author's function, which takes parsed parameters */
  readonly body: (parameters: never) => unknown;
  readonly origin: Origin;
}

/** A value that carries a flow's definition, such as the result of `flow()`. */
export interface FlowLike {
  readonly [flowBrand]: FlowDefinition;
}

/** @returns the definition of a flow, even if another copy of this module created the flow; undefined if the value isn't a flow */
export function flowOf(value: unknown): FlowDefinition | undefined {
  return typeof value === 'function' && flowBrand in value ? (value as FlowLike)[flowBrand] : undefined;
}
