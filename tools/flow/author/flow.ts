import { TributaryError } from '@tributary/contract/error';
import type { z } from 'zod';

import { callFlow } from '../run/children/call-flow.ts';
import { Origin } from '../run/origin.ts';
import { checkOptions } from './options/check-options.ts';
import { type FlowDefinition, type FlowHook, type FlowLike, flowBrand } from '../run/flow-definition.ts';
import { type Duration, toSeconds, toTimeout } from './options/duration.ts';
import { readRunName, type RunNameTemplate } from './options/run-name.ts';

/** The options of a flow except `parameters` and `runName`, whose types are declared by {@link flow}. */
export interface FlowOptions {
  /** the flow's name, with which the full names of its deployments begin; it can't contain / % & > < */
  readonly name: string;
  /** the description of the flow, and the default description of its deployments */
  readonly description?: string;
  /**
   * how many times a failed attempt is repeated
   * @default 0
   */
  readonly retries?: number;
  /**
   * how long to wait before each retry
   * @default 0
   */
  readonly retryDelay?: Duration;
  /**
   * how long one attempt may take; a longer attempt ends as FAILED, named TimedOut
   * @default no limit
   */
  readonly timeout?: Duration;
  /** called after a run has ended as COMPLETED; an error that the hook throws is only logged */
  readonly onCompletion?: FlowHook | readonly FlowHook[];
  /** called after a run has ended as FAILED; an error that the hook throws is only logged */
  readonly onFailure?: FlowHook | readonly FlowHook[];
  /** called after a run has ended as CANCELLED; an error that the hook throws is only logged */
  readonly onCancellation?: FlowHook | readonly FlowHook[];
  /** called after a run has ended as CRASHED; an error that the hook throws is only logged */
  readonly onCrashed?: FlowHook | readonly FlowHook[];
}

/** A flow: a plain function. In a script or a test it runs without a server; in another flow, a call is a child run. */
export interface Flow<Input, Result> extends FlowLike {
  /**
   * Runs the flow and waits for its end.
   * @returns the value that the flow's function returned
   * @throws what the function threw, or a TributaryError such as `invalid_parameters`
   */
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
 * @param options.parameters a zod object; a run with an unknown key is refused unless the object is loose
 * @param options.runName names the runs by their parameters: a template such as `'load {day}'`, or a function of the parameters
 * @param body the flow's code; it gets the parameters, with defaults filled in
 * @throws `misuse` when an option is invalid
 * @example
 * const load = flow(
 *   { name: 'load', parameters: z.object({ day: z.iso.date() }), runName: 'load {day}', retries: 2 },
 *   async ({ day }) => ({ rows: (await fetchRows(day)).length }),
 * );
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
    throw new TributaryError('misuse', `A flow's name is ${JSON.stringify(name)}: it can't be empty or contain / % & > <.`);
  checkOptions(`flow "${name}"`, options, flowOptions);
  if (typeof body !== 'function')
    throw new TributaryError('misuse', `Flow "${name}" has no function: write flow({ name: '…' }, async () => {…}).`);
  if (options.parameters && options.parameters._zod?.def.type !== 'object')
    throw new TributaryError('misuse', `The parameters of flow "${name}" aren't a zod object: write z.object({…}), with zod 4.`);
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
