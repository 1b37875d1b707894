import { quickUuid } from '@tributary/contract/quick-uuid';

import { currentContext } from '../../run/context.ts';
import type { Origin } from '../../run/origin.ts';

/** Where a task was made: the place in the code, and the run. */
export interface Making {
  /** null for a task without a cache */
  readonly origin: Origin | null;
  /** the attempt of the flow run or task run that made the task, and an id of that attempt; null outside a run */
  readonly inside: { readonly id: string; readonly attempt: object } | null;
}

/** A task with `cache: 'inputs'`: its code and arguments are its cache key. */
export interface CodeCached {
  readonly name: string;
  readonly text: string;
  readonly body: unknown;
  readonly origin: Origin;
  readonly inside: Making['inside'];
}

type Tasks = Map<string, CodeCached[]>;
/** tasks made outside a run, by name and text */
const ofProcess: Tasks = new Map();
/** tasks made in an attempt; they are garbage collected with the attempt */
const ofAttempts = new WeakMap<object, Tasks>();
const ids = new WeakMap<object, string>();

/**
 * Returns where a task is being made.
 * @param origin the task's place in the code; null for a task without a cache. A module is evaluated once for all runs, so the tasks of a
 * module that a run imports belong to no run.
 */
export function makingAt(origin: Origin | null): Making {
  const context = currentContext();
  if (!context || origin?.isOfModule) return { origin, inside: null };
  const attempt = context.task ?? context.attempt;
  return { origin, inside: { id: idOf(attempt), attempt } };
}

/** A random id of an attempt: tasks of different attempts may close over different values, so they share no results. */
function idOf(attempt: object): string {
  const id = ids.get(attempt) ?? quickUuid();
  ids.set(attempt, id);
  return id;
}

/**
 * Registers a task for {@link namesakeOf}. It keeps at most two tasks with the same name, text and integration, which is enough for each such
 * task to find another one.
 */
export function note(task: CodeCached): void {
  const tasks = tasksAround(task);
  const key = keyOf(task);
  const known = tasks.get(key);
  if (!known) tasks.set(key, [task]);
  else if (!known.some(({ body }) => body === task.body) && known.filter((one) => isAt(one, task)).length < 2) known.push(task);
}

/**
 * Finds another task that would have the same cache key: it has the same name, text and integration, and both tasks were made in the same
 * attempt, or both outside a run.
 * @returns undefined if there is none
 */
export function namesakeOf(task: CodeCached): CodeCached | undefined {
  return tasksAround(task)
    .get(keyOf(task))
    ?.find((one) => one.body !== task.body && isAt(one, task));
}

function tasksAround({ inside }: CodeCached): Tasks {
  if (!inside) return ofProcess;
  const known = ofAttempts.get(inside.attempt);
  if (known) return known;
  const tasks: Tasks = new Map();
  ofAttempts.set(inside.attempt, tasks);
  return tasks;
}

function keyOf({ name, text }: CodeCached): string {
  return JSON.stringify([name, text]);
}

function isAt(one: CodeCached, other: CodeCached): boolean {
  return one.origin.integration === other.origin.integration;
}
