import { TributaryError } from '@tributary/contract/error';
import type { TaskRunId } from '@tributary/contract/id';
import type { TaskRunInput, TaskRunInputs } from '@tributary/contract/nouns/task-run';

import type { RunContext } from '../context.ts';
import { AllowedFailure, type Dependency, TaskFuture, TaskFutureList } from './future.ts';
import { isPlain, producersOf } from './producers.ts';

/**
 * Finds the edges that lead to a task run in the run's graph. They are grouped by the name of the argument that they come from. The group
 * `__parents__` has the task that made the call.
 * @param name returns the name of the argument at an index
 */
export function inputsOf(
  context: RunContext,
  args: readonly unknown[],
  waitFor: readonly Dependency[],
  name = (index: number): string => `argument ${index + 1}`,
): TaskRunInputs {
  const inputs: TaskRunInputs = {};
  for (const [index, argument] of args.entries()) {
    if (typeof argument !== 'object' || argument === null) continue;
    const ids = producersOf(argument);
    if (context.attempt.hasFutures) for (const future of futuresIn(argument)) ids.add(future.taskRunId);
    if (ids.size > 0) inputs[name(index)] = [...ids].map(input);
  }
  if (waitFor.length > 0) inputs['wait_for'] = waitFor.map((future) => input(future.taskRunId));
  if (context.task) inputs['__parents__'] = [input(context.task.id)];
  return inputs;
}

function input(id: TaskRunId): TaskRunInput {
  return { input_type: 'task_run', id };
}

/** @returns all futures in a value: the value itself, or members of its arrays and plain objects */
export function futuresIn(value: unknown, found: Set<Dependency> = new Set(), visited: Set<object> = new Set()): Set<Dependency> {
  if (typeof value !== 'object' || value === null || visited.has(value)) return found;
  if (value instanceof TaskFuture || value instanceof AllowedFailure) return found.add(value);
  visited.add(value);
  if (value instanceof TaskFutureList) for (const future of value) found.add(future);
  else if (Array.isArray(value)) for (const member of value) futuresIn(member, found, visited);
  else if (isPlain(value)) for (const member of Object.values(value)) futuresIn(member, found, visited);
  return found;
}

/** Replaces each future in a value by its result. An object without futures stays the same object. @throws what a failed task threw */
export async function withResults(value: unknown): Promise<unknown> {
  const futures = futuresIn(value);
  if (futures.size === 0) return value;
  const results = new Map<unknown, unknown>();
  for (const future of futures) results.set(future, await future.result());
  return replace(value, results);
}

function replace(value: unknown, results: ReadonlyMap<unknown, unknown>): unknown {
  if (value instanceof TaskFuture || value instanceof AllowedFailure) return results.get(value);
  if (value instanceof TaskFutureList) return value.futures.map((future) => results.get(future));
  if (futuresIn(value).size === 0) return value;
  if (Array.isArray(value)) return value.map((member) => replace(member, results));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, replace(member, results)]));
  return value;
}

/**
 * Waits for the futures that a task depends on.
 * @param name the task run's name
 * @throws `flow_failed` for the first future whose task didn't complete
 */
export async function upstream(futures: Iterable<Dependency>, name: string): Promise<void> {
  for (const future of futures) {
    const state = await future.wait();
    if (state?.type === 'COMPLETED' || future instanceof AllowedFailure) continue;
    throw new TributaryError(
      'flow_failed',
      `Task "${name}" depends on "${future.name}" and did not run: "${future.name}" ended as ${state?.name ?? 'unknown'}${state?.message ? `: ${state.message}` : ''}.`,
    );
  }
}
