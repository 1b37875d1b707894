import { quickUuid } from '@tributary/contract/quick-uuid';

import { currentContext } from '../../run/context.ts';
import type { Origin } from '../../run/origin.ts';

/** Where in the code and in which run a task was made. */
export interface Making {
  /** null for a task without a cache */
  readonly origin: Origin | null;
  /** the attempt of a flow run, or the try of a task run in it, that made it, and an id of that; null outside a run */
  readonly inside: { readonly id: string; readonly attempt: object } | null;
}

/** A task whose calls are equal by its code and arguments. */
export interface CodeCached {
  readonly name: string;
  readonly text: string;
  readonly body: unknown;
  readonly origin: Origin;
  readonly inside: Making['inside'];
}

type Tasks = Map<string, CodeCached[]>;
/** those made outside a run, by name and text */
const ofProcess: Tasks = new Map();
/** those that an attempt made: forgotten with it */
const ofAttempts = new WeakMap<object, Tasks>();
const ids = new WeakMap<object, string>();

/** Where a task is made now. A module that a run imports is the same for all runs, and so are its tasks. */
export function makingAt(origin: Origin | null): Making {
  const context = currentContext();
  if (!context || origin?.isOfModule) return { origin, inside: null };
  const attempt = context.task ?? context.attempt;
  return { origin, inside: { id: idOf(attempt), attempt } };
}

/** No other attempt has it, of this run or another: what its tasks close over may be another thing in each. */
function idOf(attempt: object): string {
  const id = ids.get(attempt) ?? quickUuid();
  ids.set(attempt, id);
  return id;
}

/** Notes a task for {@link namesakeOf}. Of many that look the same, two are kept. */
export function note(task: CodeCached): void {
  const tasks = tasksAround(task);
  const key = keyOf(task);
  const known = tasks.get(key);
  if (!known) tasks.set(key, [task]);
  else if (!known.some(({ body }) => body === task.body) && known.filter((one) => isAt(one, task)).length < 2) known.push(task);
}

/** Another task of this name and text in the same integration, made in the same attempt, or outside a run as this one. */
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
