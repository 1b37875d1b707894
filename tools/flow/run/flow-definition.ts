import type { State } from '@tributary/contract/nouns/state';
import type { z } from 'zod';

import type { Origin } from './origin.ts';
import type { RunInfo } from './run-info.ts';

export const flowBrand: unique symbol = Symbol.for('tributary.flow');

/** Makes the name of a run from its parameters. */
export type NameRun = (parameters: Readonly<Record<string, unknown>>) => string;

/** Called after a run has ended, with its run and last state. What it throws is logged and changes nothing. */
export type FlowHook = (run: RunInfo, state: State) => unknown;

/** What the framework knows of a flow. Durations are seconds. */
export interface FlowDefinition {
  readonly name: string;
  readonly description: string | null;
  /** none: the flow takes no parameters */
  readonly parameters: z.ZodObject | null;
  /** null: the run keeps the name that the engine gave it */
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
  /** the author's function; parameters are parsed */
  readonly body: (parameters: never) => unknown;
  readonly origin: Origin;
}

/** Anything that carries a flow's definition: what `flow()` returned. */
export interface FlowLike {
  readonly [flowBrand]: FlowDefinition;
}

/** @returns undefined when the value is no flow; recognises flows of another copy of this module */
export function flowOf(value: unknown): FlowDefinition | undefined {
  return typeof value === 'function' && flowBrand in value ? (value as FlowLike)[flowBrand] : undefined;
}
