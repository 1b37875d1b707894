import type { JsonObject } from '@tributary/contract/json';
import type { State } from '@tributary/contract/nouns/state';

import type { FlowDefinition } from '../author/definition.ts';
import type { RunInfo } from './context.ts';
import type { EnginePort } from './engine-port.ts';

/** How a flow run ended. */
export type FlowOutcome =
  /** COMPLETED */
  | { readonly state: State; readonly value: unknown }
  /** anything else: `error` is what user code threw, or our TributaryError; state null when the engine would not have it */
  | { readonly state: State | null; readonly error: unknown };

/** The run's facts that do not change between its attempts, and are known before it starts. */
export type RunStart = Omit<RunInfo, 'attempt' | 'signal' | 'parameters'>;

/**
 * Runs one flow to its end: validates the raw parameters, enters and leaves through the port as often as it says retry, runs the hooks.
 * Never rejects because of user code. The run host and a plain call use the same.
 */
export async function runFlow(_flow: FlowDefinition, _parameters: JsonObject, _port: EnginePort, _start: RunStart): Promise<FlowOutcome> {
  throw new Error('not written yet');
}
