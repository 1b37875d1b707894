import { TributaryError } from '@tributary/contract/error';
import { createGate, type Gate } from '@tributary/contract/gate';

import { type AllowedFailure, type Dependency, TaskFuture, TaskFutureList } from '../run/task/future.ts';
import { contextOrLocal } from '../run/local/local-run.ts';
import { Origin } from '../run/origin.ts';
import { openBooks, runTask } from '../run/task/run-task.ts';
import { type CacheKey, cacheKeyOf } from './cache/cache-key.ts';
import { checkOptions } from './options/check-options.ts';
import { type Duration, toSeconds, toTimeout } from './options/duration.ts';
import { makingAt, type Making } from './cache/namesakes.ts';
import type { RetryDelay } from './retry.ts';
import { retryDelaysOf } from './retry.ts';
import type { TaskDefinition } from '../run/task/task-definition.ts';

/** The arguments as the body has them: only the body says what they are. */
type Given<Args extends unknown[]> = { [Index in keyof Args]: NoInfer<Args[Index]> };

export interface TaskOptions<Args extends unknown[]> {
  readonly name: string;
  readonly tags?: readonly string[];
  /** how many more attempts follow a failed one; 0, or as many as `retryDelay` lists */
  readonly retries?: number;
  /** before each retry: one for all, a list, or `exponentialBackoff('1s')`; the last of a list counts for all that follow */
  readonly retryDelay?: RetryDelay;
  /** 0.5 makes each delay up to half as long again, at random */
  readonly retryJitter?: number;
  /** whether a failure is worth another attempt; `attempt` is 1 for the first */
  readonly retryIf?: (error: unknown, attempt: number) => boolean | Promise<boolean>;
  /** of one attempt, which then fails named TimedOut; `run().signal` is aborted */
  readonly timeout?: Duration;
  /**
   * Keeps results, which must be JSON, for later calls in the same integration. With `'inputs'` two calls are equal when the task's name, its text,
   * the files that made it, and the arguments are. What the task closes over is not compared. So the first call of two tasks with the same name and
   * text in one run is refused, and a task that is made while a flow runs keeps its results for that attempt alone. A function returns the key itself,
   * which has to hold all that tasks of this name differ by: `` cache: (day) => `${shop} ${day}` ``.
   * @default no cache
   */
  readonly cache?: 'inputs' | ((...args: Given<Args>) => CacheKey);
  /** how long a cached result counts; for ever unless told */
  readonly cacheFor?: Duration;
  /** what the task run is called; `name-0`, `name-1`, … unless told */
  readonly runName?: string | ((...args: Given<Args>) => string);
}

/** What one call may change. */
type CallOptions<Args extends unknown[]> = Partial<TaskOptions<Args>> & {
  /** futures to wait for whose results are not arguments */
  readonly waitFor?: readonly (Dependency | TaskFutureList<unknown>)[];
};

/** An argument, or a future of it, alone or one level inside an array or object. */
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

export interface MapOptions {
  /** how many run at once; all unless told */
  readonly concurrency?: number;
}

/** A task: a plain function whose calls are recorded as task runs. */
export interface Task<Args extends unknown[], Result> {
  /** Runs it and waits. @throws what its last attempt threw */
  (...args: Arguments<Args>): Promise<Result>;
  /** Starts it, and gives a future at once. */
  submit(...args: Arguments<Args>): TaskFuture<Result>;
  /** Starts it once per item; `with` holds the arguments after the first. */
  map(
    items: Iterable<Argument<Args[0]>>,
    ...options: [] extends Rest<Args>
      ? [options?: MapOptions & { readonly with?: Arguments<Rest<Args>> }]
      : [options: MapOptions & { readonly with: Arguments<Rest<Args>> }]
  ): TaskFutureList<Result>;
  /** The same task with other options. */
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
  timeout: true,
  cache: true,
  cacheFor: true,
  runName: true,
  waitFor: true,
} as const satisfies Record<keyof CallOptions<never>, true>;

/** Makes a task. */
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
  // Typed where it is written down and where it is called; between the two, arguments and results are passed on as they are.
  const run = (args: readonly unknown[]): Promise<Awaited<Result>> => start(definition, args) as Promise<Awaited<Result>>;
  const submitted = (args: readonly unknown[], gate?: Gate): TaskFuture<Awaited<Result>> =>
    submit(definition, args, gate) as TaskFuture<Awaited<Result>>;
  const call = (...args: Arguments<Args>): Promise<Awaited<Result>> => run(args);
  const change = (changed: CallOptions<Args>): Task<Args, Awaited<Result>> => {
    // A cache that a task is given here is noted here; whose task it is, is settled already.
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
  return runTask(definition, args, context, openBooks(definition, args, context));
}

function submit(definition: TaskDefinition, args: readonly unknown[], gate: Gate | undefined): TaskFuture<unknown> {
  const context = contextOrLocal(definition.name, definition.origin);
  const books = openBooks(definition, args, context);
  const future = new TaskFuture(books, runTask(definition, args, context, books, gate), context.attempt);
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
    throw new TributaryError('misuse', `A task's name is ${JSON.stringify(name)}: it may not be empty.`);
  checkOptions(`task "${name}"`, options, taskOptions);
  if (typeof body !== 'function')
    throw new TributaryError('misuse', `Task "${name}" has no function: write task({ name: '…' }, async () => {…}).`);
  const what = (option: string): string => `${option} of task "${name}"`;
  const retryDelays = retryDelaysOf(options, what);
  return {
    name,
    tags: options.tags ?? [],
    ...retryDelays,
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
  throw new TributaryError('misuse', `The concurrency of mapping task "${name}" is ${concurrency}: give a whole number above 0.`);
}
