import type { TaskRunId } from '@tributary/contract/id';

/** Which task run returned an object, so that passing it on draws an edge in the run's graph, though no future was passed. */
const producers = new WeakMap<object, TaskRunId>();
/** So many members of an array or object are remembered and looked at, on each of two levels. */
const glance = 16;

/** Remembers what a task returned: the object itself, its members, and theirs. */
export function rememberProducer(result: unknown, id: TaskRunId, levels = 2): void {
  if (typeof result !== 'object' || result === null) return;
  producers.set(result, id);
  if (levels > 0) for (const member of sample(result)) rememberProducer(member, id, levels - 1);
}

/** The task runs that an argument came from: itself, or some of its members. */
export function producersOf(argument: object): Set<TaskRunId> {
  const id = producers.get(argument);
  if (id) return new Set([id]);
  const found = new Set<TaskRunId>();
  for (const member of sample(argument, 4 * glance)) {
    const inner = typeof member === 'object' && member !== null ? producers.get(member) : undefined;
    if (inner) found.add(inner);
  }
  return found;
}

/** Some members of an array or plain object, evenly spread. */
function sample(value: object, most = glance): unknown[] {
  if (!isPlain(value)) return [];
  const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  if (members.length <= most) return [...members];
  return Array.from({ length: most }, (_, index) => members[Math.floor((index * members.length) / most)]);
}

/** An array, or an object without a class. */
export function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
