import { TributaryError } from '@tributary/contract/error';
import type { z } from 'zod';

import { Origin } from '../run/origin.ts';
import { checkOptions } from './options/check-options.ts';
import { type FlowDefinition, type FlowHook, type FlowLike, flowBrand } from '../run/flow-definition.ts';
import { type Duration, toSeconds, toTimeout } from './options/duration.ts';
import { readRunName, type RunNameTemplate } from './options/run-name.ts';

/** The options of a flow except `parameters`, `result` and `runName`, whose types are declared by {@link flow}. */
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
   * how long one attempt may take; a longer attempt ends as FAILED, with the state name `TimedOut`
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
/** What a flow's function may return: anything if no schema is declared. */
type Returned<Declared extends z.ZodType> = z.input<Declared> | Promise<z.input<Declared>>;
type ResultOf<Declared extends z.ZodType, Result> = unknown extends z.output<Declared> ? Awaited<Result> : z.output<Declared>;
type AnyOptions = FlowOptions & {
  readonly parameters?: z.ZodObject;
  readonly result?: z.ZodType;
  readonly runName?: string | ((parameters: never) => string);
};

const flowOptions = {
  name: true,
  parameters: true,
  result: true,
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
 * @param options.result a zod schema of what the function returns. If the result doesn't fit the schema, the run fails. In other flows,
 *   `resultOf` has the result's type from the registry.
 * @param options.runName names the runs by their parameters: a template such as `'load {day}'`, or a function of the parameters
 * @param body the flow's code; it gets the parameters, with defaults filled in
 * @throws `misuse` when an option is invalid
 * @example
 * const load = flow(
 *   { name: 'load', parameters: z.object({ day: z.iso.date() }), runName: 'load {day}', retries: 2 },
 *   async ({ day }) => ({ rows: (await fetchRows(day)).length }),
 * );
 */
export function flow<
  Schema extends z.ZodObject,
  Result extends Returned<Declared>,
  const Name extends string = string,
  Declared extends z.ZodType = z.ZodType,
>(
  options: FlowOptions & {
    readonly parameters: Schema;
    readonly result?: Declared;
    readonly runName?: RunNameTemplate<Name, keyof z.output<Schema> & string> | ((parameters: z.output<Schema>) => string);
  },
  body: (parameters: z.output<Schema>) => Result,
): Flow<z.input<Schema>, ResultOf<Declared, Result>>;
export function flow<Result extends Returned<Declared>, Declared extends z.ZodType = z.ZodType>(
  options: FlowOptions & { readonly result?: Declared; readonly runName?: string | (() => string) },
  body: () => Result,
): Flow<NoParameters, ResultOf<Declared, Result>>;
export function flow(options: AnyOptions, body: (parameters: never) => unknown): Flow<never, unknown> {
  const definition = define(options, body, new Origin(flow));
  // Imported late because a host starts the flow itself, and few flows call another flow.
  const call = async (parameters: Record<string, unknown> = {}): Promise<unknown> =>
    (await import('../run/children/call-flow.ts')).callFlow(definition, parameters);
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
  if (options.result && !('_zod' in options.result))
    throw new TributaryError('misuse', `The result of flow "${name}" isn't a zod schema: write z.object({…}), with zod 4.`);
  if (!Number.isInteger(retries) || retries < 0)
    throw new TributaryError('misuse', `The retries of flow "${name}" are ${retries}: give a whole number, 0 or more.`);
  return {
    name,
    description: options.description ?? null,
    parameters: options.parameters ?? null,
    result: options.result ?? null,
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
