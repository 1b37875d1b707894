import type { TaskRunId } from '@tributary/contract/id';
import type { State } from '@tributary/contract/nouns/state';

import type { FlowAttempt } from '../flow-attempt.ts';
import { describeFailure } from '../failure.ts';
import type { TaskRecord } from './task-record.ts';

/**
 * The future of a submitted task. Other tasks can take it as an argument, alone or inside arrays and objects. Those tasks wait for the
 * result, and the run's graph shows the edge. If the task fails and nothing has read its result by the flow's end, the flow fails too.
 */
export class TaskFuture<Result> {
  readonly #record: TaskRecord;
  readonly #promise: Promise<Result>;
  readonly #attempt: FlowAttempt;
  #failure: { readonly error: unknown } | null = null;
  #seen = false;

  constructor(record: TaskRecord, promise: Promise<Result>, attempt: FlowAttempt) {
    this.#record = record;
    this.#promise = promise;
    this.#attempt = attempt;
    promise.catch((error: unknown) => {
      this.#failure = { error };
      if (!this.#seen) attempt.remember(this.#failure);
    });
  }

  get taskRunId(): TaskRunId {
    return this.#record.id;
  }

  get name(): string {
    return this.#record.facts.name;
  }

  /** The state that was reported last; null before the first report. */
  get state(): State | null {
    return this.#record.state;
  }

  /** @returns what the task returned. @throws what the task's last attempt threw */
  result(): Promise<Result> {
    this.#look();
    return this.#promise;
  }

  /** Waits until the task has ended. Never throws. @returns the task run's last state */
  async wait(): Promise<State | null> {
    this.#look();
    await this.#promise.catch(() => undefined);
    return this.state;
  }

  #look(): void {
    this.#seen = true;
    if (this.#failure) this.#attempt.forget(this.#failure);
  }
}

/** What `.map()` returns: one future for each item, in order. As an argument of another task, the list becomes the array of results. */
export class TaskFutureList<Result> implements Iterable<TaskFuture<Result>> {
  readonly futures: readonly TaskFuture<Result>[];

  constructor(futures: readonly TaskFuture<Result>[]) {
    this.futures = futures;
  }

  get length(): number {
    return this.futures.length;
  }

  [Symbol.iterator](): Iterator<TaskFuture<Result>> {
    return this.futures[Symbol.iterator]();
  }

  /** Waits for all tasks. @returns their results in the order of the items. @throws what the first failed task threw */
  async result(): Promise<Result[]> {
    const settled = await Promise.allSettled(this.futures.map((future) => future.result()));
    return settled.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
  }

  /** Waits until all tasks have ended. Never throws. @returns their last states in the order of the items */
  wait(): Promise<(State | null)[]> {
    return Promise.all(this.futures.map((future) => future.wait()));
  }
}

/** What `allowFailure` returns: a future whose result is the error if the task fails. */
export class AllowedFailure<Result> {
  readonly #future: TaskFuture<unknown>;
  readonly #result: () => Promise<Result>;

  private constructor(future: TaskFuture<unknown>, result: () => Promise<Result>) {
    this.#future = future;
    this.#result = result;
  }

  static of<Result>(future: TaskFuture<Result>): AllowedFailure<Result | Error> {
    return new AllowedFailure(future, () => future.result().catch(toError));
  }

  get taskRunId(): TaskRunId {
    return this.#future.taskRunId;
  }

  get name(): string {
    return this.#future.name;
  }

  /** @returns what the task returned, or the error that it threw */
  result(): Promise<Result> {
    return this.#result();
  }

  wait(): Promise<State | null> {
    return this.#future.wait();
  }
}

/** A future that a task may wait for. */
export type Dependency = TaskFuture<unknown> | AllowedFailure<unknown>;

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(describeFailure(thrown), { cause: thrown });
}
