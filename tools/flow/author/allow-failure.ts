import { AllowedFailure, type TaskFuture, TaskFutureList } from '../run/task/future.ts';

/**
 * Lets a task run although what it depends on failed: as an argument, the future then stands for the Error that it ended with, and in
 * `waitFor` it is only waited for. Of `.map()`, each one by itself: the argument is an array.
 */
export function allowFailure<Result>(future: TaskFuture<Result>): AllowedFailure<Result | Error>;
export function allowFailure<Result>(futures: TaskFutureList<Result>): AllowedFailure<Result | Error>[];
export function allowFailure<Result>(
  given: TaskFuture<Result> | TaskFutureList<Result>,
): AllowedFailure<Result | Error> | AllowedFailure<Result | Error>[] {
  return given instanceof TaskFutureList ? given.futures.map((future) => AllowedFailure.of(future)) : AllowedFailure.of(given);
}
