import type { Gate } from '@tributary/contract/gate';

import type { TaskDefinition } from './task-definition.ts';
import { cancel, type Keep, runTaskAttempts } from './run-task-attempts.ts';
import type { CacheEntry } from './cache.ts';
import type { RunContext } from '../context.ts';
import { describeFailure } from '../failure.ts';
import type { Dependency } from './future.ts';
import { heedStop, unlessStopped } from '../heed-stop.ts';
import { futuresIn, inputsOf, upstream, withResults } from './inputs.ts';
import { writeLog } from '../log.ts';
import { mayBegin } from '../pause/may-begin.ts';
import { rememberProducer } from './producers.ts';
import { masked } from '../secret-mask.ts';
import { TaskBooks } from './task-books.ts';

/** Opens the books of a call: its name, its edges. */
export function openBooks(task: TaskDefinition, args: readonly unknown[], context: RunContext): TaskBooks {
  heedStop(context);
  const nth = context.attempt.count(task.name);
  return new TaskBooks(context, {
    name: task.runName ? masked(task.runName(args)) : `${task.name}-${nth}`,
    key: task.name,
    dynamicKey: `${context.attempt.key}-${nth}`,
    tags: [...task.tags],
    inputs: inputsOf(context, args, task.waitFor),
    policy: { retries: task.retries, retry_delay: task.retryDelays.length === 1 ? (task.retryDelays[0] ?? 0) : [...task.retryDelays] },
  });
}

/** Runs a task to its end: waits for what it depends on, looks into the cache, tries as often as told. @throws what its last attempt threw */
export function runTask(
  task: TaskDefinition,
  args: readonly unknown[],
  context: RunContext,
  books: TaskBooks,
  gate?: Gate,
): Promise<unknown> {
  const entry = { abandon: (message: string) => books.move({ type: 'CANCELLED', message }), hasBegun: false };
  context.attempt.enter(entry);
  const work = execute(task, args, context, books, gate, entry);
  // Once it has ended, not while it ends: the flow looks for failures as soon as no task is underway.
  const leave = (): void => context.attempt.leave(entry);
  work.then(leave, leave);
  return work;
}

async function execute(
  task: TaskDefinition,
  args: readonly unknown[],
  context: RunContext,
  books: TaskBooks,
  gate: Gate | undefined,
  entry: { hasBegun: boolean },
): Promise<unknown> {
  let entered = false;
  try {
    const room = context.port.room();
    if (room) await room;
    const futures = dependencies(task, args, context);
    const slot = gate?.enter();
    if (futures || slot) books.move({ type: 'PENDING' });
    if (slot) await slot;
    entered = gate !== undefined;
    const given = futures ? await settle(futures, args, context, books) : args;
    const hold = mayBegin(context);
    if (hold) await held(hold, context, books);
    entry.hasBegun = true;
    const run = task.cacheKey ? runCached : task.tags.length > 0 ? runLimited : runTaskAttempts;
    const result = await run(task, given, context, books);
    rememberProducer(result, books.id);
    return result;
  } finally {
    if (entered) gate?.leave();
  }
}

function dependencies(task: TaskDefinition, args: readonly unknown[], context: RunContext): Set<Dependency> | undefined {
  if (!context.attempt.hasFutures) return undefined;
  const futures = futuresIn(args, new Set(task.waitFor));
  return futures.size > 0 ? futures : undefined;
}

async function held(hold: Promise<void>, context: RunContext, books: TaskBooks): Promise<void> {
  try {
    await unlessStopped(hold, context);
    heedStop(context);
  } catch (error) {
    // One that was shown as waiting is not left so.
    if (books.state) books.move({ type: 'CANCELLED', message: describeFailure(error) });
    throw error;
  }
}

async function settle(
  futures: Set<Dependency>,
  args: readonly unknown[],
  context: RunContext,
  books: TaskBooks,
): Promise<readonly unknown[]> {
  try {
    await upstream(futures, books.facts.name);
    context.run.signal.throwIfAborted();
    return await Promise.all(args.map(withResults));
  } catch (error) {
    if (context.run.signal.aborted) books.move({ type: 'CANCELLED', message: describeFailure(context.run.signal.reason) });
    else books.move({ type: 'PENDING', name: 'NotReady', message: describeFailure(error) });
    throw error;
  }
}

async function runCached(task: TaskDefinition, args: readonly unknown[], context: RunContext, books: TaskBooks): Promise<unknown> {
  let entry: CacheEntry;
  try {
    entry = (await import('./cache.ts')).openCache(task, args, context.run.dataDir, context.integration());
  } catch (error) {
    books.move({ type: 'FAILED', message: describeFailure(error) });
    throw error;
  }
  const hit = await entry.read();
  if (hit) {
    books.move({ type: 'COMPLETED', name: 'Cached', details: hit.details });
    return hit.value;
  }
  return runLimited(task, args, context, books, async (result) => {
    const written = await entry.write(result);
    if ('details' in written) return written.details;
    writeLog(context, 'warning', `The result of "${books.facts.name}" was not cached: ${written.refused}`, books.id);
    return {};
  });
}

/** Waits for slots where the task's tags have limits. */
async function runLimited(
  task: TaskDefinition,
  args: readonly unknown[],
  context: RunContext,
  books: TaskBooks,
  keep?: Keep,
): Promise<unknown> {
  const { slots } = context.port;
  const run = (): Promise<unknown> => runTaskAttempts(task, args, context, books, keep);
  if (!slots || task.tags.length === 0) return run();
  const { withTagSlots } = await import('../slots/limit-tags.ts');
  const holder = { ...context, task: { id: books.id, name: books.facts.name } };
  const waits = (message: string): void => books.move({ type: 'PENDING', message });
  try {
    return await withTagSlots(task.tags, slots, holder, waits, run);
  } catch (error) {
    // Of one that did not run.
    if (context.run.signal.aborted) throw cancel(books, context.run.signal);
    books.move({ type: 'FAILED', message: describeFailure(error) });
    throw error;
  }
}
