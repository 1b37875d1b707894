import { TributaryError } from '@tributary/contract/error';
import type { z } from 'zod';

import { callFlow } from '../run/children/call-flow.ts';
import { Origin } from '../run/origin.ts';
import { checkOptions } from './options/check-options.ts';
import { type FlowDefinition, type FlowHook, type FlowLike, flowBrand } from '../run/flow-definition.ts';
import { type Duration, toSeconds, toTimeout } from './options/duration.ts';
import { readRunName, type RunNameTemplate } from './options/run-name.ts';

export interface FlowOptions {
  /** part of a deployment's name: without / % & > < */
  readonly name: string;
  readonly description?: string;
  /** how many more attempts follow a failed one; 0 unless told */
  readonly retries?: number;
  /** before each retry; 0 unless told */
  readonly retryDelay?: Duration;
  /** of one attempt, which then ends as FAILED named TimedOut */
  readonly timeout?: Duration;
  /** called after the run has ended; what they throw is logged and changes nothing */
  readonly onCompletion?: FlowHook | readonly FlowHook[];
  readonly onFailure?: FlowHook | readonly FlowHook[];
  readonly onCancellation?: FlowHook | readonly FlowHook[];
  readonly onCrashed?: FlowHook | readonly FlowHook[];
}

/**
 * A flow: a plain function. Called in a script or a test it runs without a server; called in another flow it is a child run there.
 * It throws what its code threw, or a TributaryError such as `invalid_parameters`.
 */
export interface Flow<Input, Result> extends FlowLike {
  (...parameters: Record<never, never> extends Input ? [parameters?: Input] : [parameters: Input]): Promise<Result>;
  readonly name: string;
}

type NoParameters = Record<string, never>;
type AnyOptions = FlowOptions & { readonly parameters?: z.ZodObject; readonly runName?: string | ((parameters: never) => string) };

const flowOptions = {
  name: true,
  parameters: true,
  description: true,
  runName: true,
  retries: true,
  retryDelay: true,
  timeout: true,
  onCompletion: true,
  onFailure: true,
  onCancellation: true,
  onCrashed: true,
} as const satisfies Record<keyof AnyOptions, true>;

/**
 * Makes a flow.
 * @param options.parameters a zod object; unknown keys are refused unless it is loose
 * @param options.runName what its runs are called: `'load {day}'`, of its parameters, or a function of them
 */
export function flow<Schema extends z.ZodObject, Result, const Name extends string = string>(
  options: FlowOptions & {
    readonly parameters: Schema;
    readonly runName?: RunNameTemplate<Name, keyof z.output<Schema> & string> | ((parameters: z.output<Schema>) => string);
  },
  body: (parameters: z.output<Schema>) => Result,
): Flow<z.input<Schema>, Awaited<Result>>;
export function flow<Result>(
  options: FlowOptions & { readonly runName?: string | (() => string) },
  body: () => Result,
): Flow<NoParameters, Awaited<Result>>;
export function flow(options: AnyOptions, body: (parameters: never) => unknown): Flow<never, unknown> {
  const definition = define(options, body, new Origin(flow));
  const call = (parameters: Record<string, unknown> = {}): Promise<unknown> => callFlow(definition, parameters);
  Object.defineProperty(call, 'name', { value: definition.name });
  return Object.assign(call, { [flowBrand]: definition });
}

function define(options: AnyOptions, body: (parameters: never) => unknown, origin: Origin): FlowDefinition {
  const { name, retries = 0 } = options;
  if (typeof name !== 'string' || !/^[^/%&><]+$/.test(name))
    throw new TributaryError('misuse', `A flow's name is ${JSON.stringify(name)}: it may not be empty, nor contain / % & > <.`);
  checkOptions(`Flow "${name}"`, options, flowOptions);
  if (typeof body !== 'function')
    throw new TributaryError('misuse', `Flow "${name}" has no function: write flow({ name: '…' }, async () => {…}).`);
  if (options.parameters && options.parameters._zod?.def.type !== 'object')
    throw new TributaryError('misuse', `The parameters of flow "${name}" are no zod object: write z.object({…}), with zod 4.`);
  if (!Number.isInteger(retries) || retries < 0)
    throw new TributaryError('misuse', `The retries of flow "${name}" are ${retries}: give a whole number, 0 or more.`);
  return {
    name,
    description: options.description ?? null,
    parameters: options.parameters ?? null,
    runName: readRunName(name, options.runName, options.parameters),
    retries,
    retryDelay: toSeconds(options.retryDelay ?? 0, `retryDelay of flow "${name}"`),
    timeout: toTimeout(options.timeout, `timeout of flow "${name}"`),
    hooks: {
      onCompletion: list(options.onCompletion),
      onFailure: list(options.onFailure),
      onCancellation: list(options.onCancellation),
      onCrashed: list(options.onCrashed),
    },
    body,
    origin,
  };
}

function list(hooks: FlowHook | readonly FlowHook[] | undefined): readonly FlowHook[] {
  if (hooks === undefined) return [];
  return typeof hooks === 'function' ? [hooks] : hooks;
}
