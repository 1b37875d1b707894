import { AllowedFailure, type TaskFuture, TaskFutureList } from '../run/task/future.ts';

/**
 * Lets a task run even if a task on which it depends has failed. In the arguments, a failed future is replaced by its Error. For a future
 * in `waitFor`, the task only waits until the future has ended.
 * @param given the future of `.submit()`, or the futures of `.map()`, which become an array
 * @example
 * const rows = load.submit(day);
 * await report(allowFailure(rows)); // report takes `Row[] | Error`
 */
export function allowFailure<Result>(given: TaskFuture<Result>): AllowedFailure<Result | Error>;
export function allowFailure<Result>(given: TaskFutureList<Result>): AllowedFailure<Result | Error>[];
export function allowFailure<Result>(
  given: TaskFuture<Result> | TaskFutureList<Result>,
): AllowedFailure<Result | Error> | AllowedFailure<Result | Error>[] {
  return given instanceof TaskFutureList ? given.futures.map((future) => AllowedFailure.of(future)) : AllowedFailure.of(given);
}
