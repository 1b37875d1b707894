import type { TaskRunId } from '@tributary/contract/id';

/** Maps each object to the task run that returned it. If the object is passed to another task, the run's graph gets an edge between the two. */
const producers = new WeakMap<object, TaskRunId>();
/** How many members of one array or object are remembered. */
const sampleSize = 16;

/**
 * Remembers which task run returned a result.
 * @param levels for how many levels the members of the result are remembered too
 */
export function rememberProducer(result: unknown, id: TaskRunId, levels = 2): void {
  if (typeof result !== 'object' || result === null) return;
  producers.set(result, id);
  if (levels > 0) for (const member of sample(result)) rememberProducer(member, id, levels - 1);
}

/** @returns the task runs that returned the argument, or some of its members */
export function producersOf(argument: object): Set<TaskRunId> {
  const id = producers.get(argument);
  if (id) return new Set([id]);
  const found = new Set<TaskRunId>();
  for (const member of sample(argument, 4 * sampleSize)) {
    const inner = typeof member === 'object' && member !== null ? producers.get(member) : undefined;
    if (inner) found.add(inner);
  }
  return found;
}

/** @returns at most `most` members of an array or plain object, evenly spread */
function sample(value: object, most = sampleSize): unknown[] {
  if (!isPlain(value)) return [];
  const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  if (members.length <= most) return [...members];
  return Array.from({ length: most }, (_, index) => members[Math.floor((index * members.length) / most)]);
}

/** True for an array, or for an object without a class. */
export function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
