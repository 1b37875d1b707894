import type { TaskRunId } from '@tributary/contract/id';
import type { State } from '@tributary/contract/nouns/state';

import type { FlowAttempt } from '../flow-attempt.ts';
import { describeFailure } from '../failure.ts';
import type { TaskBooks } from './task-books.ts';

/**
 * A submitted task. Give it to other tasks as an argument, alone or inside arrays and objects: they wait for it and the run's graph shows
 * the edge. A failed one that nobody asked for its result fails the flow at its end.
 */
export class TaskFuture<Result> {
  readonly #books: TaskBooks;
  readonly #promise: Promise<Result>;
  readonly #attempt: FlowAttempt;
  #failure: { readonly error: unknown } | null = null;
  #seen = false;

  constructor(books: TaskBooks, promise: Promise<Result>, attempt: FlowAttempt) {
    this.#books = books;
    this.#promise = promise;
    this.#attempt = attempt;
    promise.catch((error: unknown) => {
      this.#failure = { error };
      if (!this.#seen) attempt.remember(this.#failure);
    });
  }

  get taskRunId(): TaskRunId {
    return this.#books.id;
  }

  get name(): string {
    return this.#books.facts.name;
  }

  /** as last reported */
  get state(): State | null {
    return this.#books.state;
  }

  /** What the task returned. @throws what it threw */
  result(): Promise<Result> {
    this.#look();
    return this.#promise;
  }

  /** Waits until the task has ended, however it ended. */
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

/** What `.map()` gives: one future per item, in order. It may be an argument of another task, which then gets the array. */
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

  /** What the tasks returned, in the order of the items. @throws what the first failed one threw, once all have ended */
  async result(): Promise<Result[]> {
    const settled = await Promise.allSettled(this.futures.map((future) => future.result()));
    return settled.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
  }

  /** Waits until all have ended, however they ended. */
  wait(): Promise<(State | null)[]> {
    return Promise.all(this.futures.map((future) => future.wait()));
  }
}

/** A future whose failure is a value: what `allowFailure` gives. */
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

  /** What the task returned, or what it threw. */
  result(): Promise<Result> {
    return this.#result();
  }

  wait(): Promise<State | null> {
    return this.#future.wait();
  }
}

/** What a task may depend on. */
export type Dependency = TaskFuture<unknown> | AllowedFailure<unknown>;

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(describeFailure(thrown), { cause: thrown });
}
