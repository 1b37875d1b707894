import { TributaryError } from '@tributary/contract/error';
import { createGate, type Gate } from '@tributary/contract/gate';

import { type AllowedFailure, type Dependency, TaskFuture, TaskFutureList } from '../run/task/future.ts';
import { contextOrLocal } from '../run/local/local-run.ts';
import { Origin } from '../run/origin.ts';
import { openTaskRun, runTask } from '../run/task/run-task.ts';
import { type CacheKey, cacheKeyOf } from './cache/cache-key.ts';
import { checkOptions } from './options/check-options.ts';
import { type Duration, toSeconds, toTimeout } from './options/duration.ts';
import { makingAt, type Making } from './cache/namesakes.ts';
import { readRetries, type RetryDelay } from './retry.ts';
import type { TaskDefinition } from '../run/task/task-definition.ts';

/** The arguments of the body. Their types come from the body alone, not from the options. */
type Given<Args extends unknown[]> = { [Index in keyof Args]: NoInfer<Args[Index]> };

/** The options of a task. */
export interface TaskOptions<Args extends unknown[]> {
  readonly name: string;
  /**
   * tags of the task's runs; if a tag has a concurrency limit, a run holds one slot of that limit
   * @default []
   */
  readonly tags?: readonly string[];
  /**
   * How many times a failed attempt is repeated. Required if `retryDelay` is a function.
   * @default the length of a list in `retryDelay`, else 0
   */
  readonly retries?: number;
  /**
   * The delay before each retry: one delay for all retries; a list, whose last delay counts for all further retries; or a function of the
   * failure, such as `exponentialBackoff('1s')` or `(failure, attempt) => (failure instanceof Busy ? '1m' : '1s')`. `attempt` is 1 for the
   * first attempt.
   * @default 0
   */
  readonly retryDelay?: RetryDelay;
  /**
   * The random part of each delay, as a fraction of it: with 0.5, a delay is up to 50 % longer.
   * @default 0
   */
  readonly retryJitter?: number;
  /**
   * Returns true if a failure should be retried; `attempt` is 1 for the first attempt. The function isn't called for a failure with
   * `retryAfter`, and `attempt` doesn't count such failures.
   * @default all failures are retried
   */
  readonly retryIf?: (error: unknown, attempt: number) => boolean | Promise<boolean>;
  /**
   * How long the task may wait for `retryAfter`, counted from the first failure that asks for a wait. A wait that would end later is refused.
   * The failure is then an ordinary one, which `retries` and `retryIf` handle. 0 refuses all waits.
   * @default '10m'
   */
  readonly retryAfterLimit?: Duration;
  /**
   * The longest time of one attempt. A longer attempt fails as TimedOut, and its `run().signal` is aborted.
   * @default no limit
   */
  readonly timeout?: Duration;
  /**
   * Stores results, which must be JSON, for later calls in the same integration. With `'inputs'`, two calls are equal if the task's name,
   * its text, the files that made it and the arguments are equal. Variables that the task closes over aren't compared, so two tasks of one
   * run with the same name and text can't be told apart: the first call of either task fails. If a task is made while a flow runs, its
   * results are shared only within the attempt that made it. Instead of `'inputs'`, a function can return the key, which must contain
   * everything by which tasks of this name differ: `` cache: (day) => `${shop} ${day}` ``.
   * @default no cache
   */
  readonly cache?: 'inputs' | ((...args: Given<Args>) => CacheKey);
  /**
   * how long a cached result is used
   * @default forever
   */
  readonly cacheFor?: Duration;
  /**
   * The name of the task run, or a function that makes it from the arguments.
   * @default the task's name and a number: `name-0`, `name-1`, …
   */
  readonly runName?: string | ((...args: Given<Args>) => string);
}

/** The options that `.with()` may change. */
type CallOptions<Args extends unknown[]> = Partial<TaskOptions<Args>> & {
  /**
   * futures to wait for in addition to those in the arguments
   * @default []
   */
  readonly waitFor?: readonly (Dependency | TaskFutureList<unknown>)[];
};

/** A value, or a future of it; members of an array or object may be futures too. */
type Argument<Value> =
  | Value
  | Future<Value>
  | (Value extends readonly (infer Member)[]
      ? TaskFutureList<Member> | readonly (Member | Future<Member>)[]
      : Value extends object
        ? { readonly [Key in keyof Value]: Value[Key] | Future<Value[Key]> }
        : never);
type Future<Value> = TaskFuture<Value> | AllowedFailure<Value>;
type Arguments<Args extends unknown[]> = { [Index in keyof Args]: Argument<Args[Index]> };
type Rest<Args extends unknown[]> = Args extends [unknown?, ...infer Others] ? Others : never;

/** The options of `.map()`, besides `with`. */
export interface MapOptions {
  /**
   * how many tasks run at once
   * @default all
   */
  readonly concurrency?: number;
}

/** A task: a plain function whose calls are recorded as task runs. */
export interface Task<Args extends unknown[], Result> {
  /** Runs the task and waits for it. @throws what the last attempt threw */
  (...args: Arguments<Args>): Promise<Result>;
  /** Starts the task without waiting for it. @returns a future of its result */
  submit(...args: Arguments<Args>): TaskFuture<Result>;
  /**
   * Starts the task once for each item.
   * @param options.with the arguments after the first
   * @returns the futures, in the order of the items
   */
  map(
    items: Iterable<Argument<Args[0]>>,
    ...options: [] extends Rest<Args>
      ? [options?: MapOptions & { readonly with?: Arguments<Rest<Args>> }]
      : [options: MapOptions & { readonly with: Arguments<Rest<Args>> }]
  ): TaskFutureList<Result>;
  /** @returns the same task with other options */
  with(options: CallOptions<Args>): Task<Args, Result>;
  readonly name: string;
}

const taskOptions = {
  name: true,
  tags: true,
  retries: true,
  retryDelay: true,
  retryJitter: true,
  retryIf: true,
  retryAfterLimit: true,
  timeout: true,
  cache: true,
  cacheFor: true,
  runName: true,
  waitFor: true,
} as const satisfies Record<keyof CallOptions<never>, true>;

/**
 * Makes a task.
 * @param body the work of one attempt
 * @throws `misuse` if an option is unknown or its value is wrong
 * @example
 * const fetchPage = task({ name: 'fetch page', retries: 3, retryDelay: exponentialBackoff('1s') }, async (page: number) => {
 *   const response = await fetch(`https://example.com/items?page=${page}`, { signal: run().signal });
 *   return response.json();
 * });
 * const items = await fetchPage.map([1, 2, 3], { concurrency: 2 }).result();
 */
export function task<Args extends unknown[], Result>(
  options: TaskOptions<Args>,
  body: (...args: Args) => Result,
): Task<Args, Awaited<Result>> {
  return build(options, body, makingAt(options.cache === undefined ? null : new Origin(task)));
}

function build<Args extends unknown[], Result>(
  options: CallOptions<Args> & { readonly name: string },
  body: (...args: Args) => Result,
  made: Making,
): Task<Args, Awaited<Result>> {
  const definition = define(options, body, made);
  // The body's types are checked where the task is made and where it is called. In between, arguments and results are passed on unchecked.
  const run = (args: readonly unknown[]): Promise<Awaited<Result>> => start(definition, args) as Promise<Awaited<Result>>;
  const submitted = (args: readonly unknown[], gate?: Gate): TaskFuture<Awaited<Result>> =>
    submit(definition, args, gate) as TaskFuture<Awaited<Result>>;
  const call = (...args: Arguments<Args>): Promise<Awaited<Result>> => run(args);
  const change = (changed: CallOptions<Args>): Task<Args, Awaited<Result>> => {
    // The task's origin is the place that first gives it a cache. `made.inside`, the attempt in which the task was made, doesn't change.
    const origin = made.origin ?? (changed.cache === undefined ? null : new Origin(change));
    return build({ ...options, ...changed }, body, { ...made, origin });
  };
  Object.defineProperty(call, 'name', { value: definition.name });
  return Object.assign(call, {
    submit: (...args: Arguments<Args>) => submitted(args),
    map: (items: Iterable<unknown>, { concurrency, with: others = [] }: MapOptions & { readonly with?: readonly unknown[] } = {}) => {
      const gate = concurrency === undefined ? undefined : createGate(width(concurrency, definition.name));
      return new TaskFutureList(Array.from(items, (item) => submitted([item, ...others], gate)));
    },
    with: change,
  });
}

async function start(definition: TaskDefinition, args: readonly unknown[]): Promise<unknown> {
  const context = contextOrLocal(definition.name, definition.origin);
  return runTask(definition, args, context, openTaskRun(definition, args, context));
}

function submit(definition: TaskDefinition, args: readonly unknown[], gate: Gate | undefined): TaskFuture<unknown> {
  const context = contextOrLocal(definition.name, definition.origin);
  const record = openTaskRun(definition, args, context);
  const future = new TaskFuture(record, runTask(definition, args, context, record, gate), context.attempt);
  context.attempt.hasFutures = true;
  return future;
}

function define<Args extends unknown[]>(
  options: CallOptions<Args> & { readonly name: string },
  body: (...args: Args) => unknown,
  { origin, inside }: Making,
): TaskDefinition {
  const { name, runName } = options;
  if (typeof name !== 'string' || name.trim() === '')
    throw new TributaryError('misuse', `A task's name is ${JSON.stringify(name)}: it can't be empty.`);
  checkOptions(`task "${name}"`, options, taskOptions);
  if (typeof body !== 'function')
    throw new TributaryError('misuse', `Task "${name}" has no function: write task({ name: '…' }, async () => {…}).`);
  const what = (option: string): string => `${option} of task "${name}"`;
  return {
    name,
    tags: options.tags ?? [],
    ...readRetries(options, what),
    retryIf: options.retryIf ?? null,
    timeout: toTimeout(options.timeout, what('timeout')),
    cacheKey: options.cache === undefined || origin === null ? null : cacheKeyOf(options.cache, { name, body, origin, inside }),
    cacheSeconds: options.cacheFor === undefined ? null : toSeconds(options.cacheFor, what('cacheFor')),
    runName: runName === undefined ? null : typeof runName === 'string' ? () => runName : (args) => Reflect.apply(runName, undefined, args),
    waitFor: (options.waitFor ?? []).flatMap((one): readonly Dependency[] => (one instanceof TaskFutureList ? one.futures : [one])),
    body,
    origin,
  };
}

function width(concurrency: number, name: string): number {
  if (Number.isInteger(concurrency) && concurrency > 0) return concurrency;
  throw new TributaryError('misuse', `Task "${name}" is mapped with a concurrency of ${concurrency}: give a whole number above 0.`);
}
