import { AllowedFailure, type TaskFuture, TaskFutureList } from '../run/task/future.ts';

/**
 * Lets a task run although a task that it depends on failed. As an argument, a failed future is replaced by its Error; in `waitFor` it
 * is only waited for.
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
