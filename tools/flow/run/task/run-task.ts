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
import { TaskRecord } from './task-record.ts';

/**
 * Creates the task run of a call, with its name and its edges in the run's graph.
 * @throws the reason why the run was stopped, if it was
 */
export function openTaskRun(task: TaskDefinition, args: readonly unknown[], context: RunContext): TaskRecord {
  heedStop(context);
  const nth = context.attempt.count(task.name);
  return new TaskRecord(context, {
    name: task.runName ? masked(task.runName(args)) : `${task.name}-${nth}`,
    key: task.name,
    dynamicKey: `${context.attempt.key}-${nth}`,
    tags: [...task.tags],
    inputs: inputsOf(context, args, task.waitFor),
    policy: {
      retries: task.retries,
      retry_delay: task.retryDelays?.length === 1 ? (task.retryDelays[0] ?? 0) : (task.retryDelays?.slice() ?? null),
    },
  });
}

/**
 * Runs a task to its end: waits for its dependencies, reads the cache, makes its attempts.
 * @param gate limits how many tasks of one `.map()` are executed at once
 * @throws what the last attempt threw
 */
export function runTask(
  task: TaskDefinition,
  args: readonly unknown[],
  context: RunContext,
  record: TaskRecord,
  gate?: Gate,
): Promise<unknown> {
  const entry = { abandon: (message: string) => record.move({ type: 'CANCELLED', message }), hasBegun: false };
  context.attempt.enter(entry);
  const work = execute(task, args, context, record, gate, entry);
  // The task stays underway until it has settled, because the flow looks for failures as soon as no task is underway.
  const leave = (): void => context.attempt.leave(entry);
  work.then(leave, leave);
  return work;
}

async function execute(
  task: TaskDefinition,
  args: readonly unknown[],
  context: RunContext,
  record: TaskRecord,
  gate: Gate | undefined,
  entry: { hasBegun: boolean },
): Promise<unknown> {
  let entered = false;
  try {
    const room = context.port.room();
    if (room) await room;
    const futures = dependencies(task, args, context);
    const slot = gate?.enter();
    if (futures || slot) record.move({ type: 'PENDING' });
    if (slot) await slot;
    entered = gate !== undefined;
    const given = futures ? await resolveArguments(futures, args, context, record) : args;
    const hold = mayBegin(context);
    if (hold) await waitWhilePaused(hold, context, record);
    entry.hasBegun = true;
    const run = task.cacheKey ? runCached : task.tags.length > 0 ? runLimited : runTaskAttempts;
    const result = await run(task, given, context, record);
    rememberProducer(result, record.id);
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

async function waitWhilePaused(hold: Promise<void>, context: RunContext, record: TaskRecord): Promise<void> {
  try {
    await unlessStopped(hold, context);
    heedStop(context);
  } catch (error) {
    // A task run that was reported as PENDING must not stay PENDING.
    if (record.state) record.move({ type: 'CANCELLED', message: describeFailure(error) });
    throw error;
  }
}

async function resolveArguments(
  futures: Set<Dependency>,
  args: readonly unknown[],
  context: RunContext,
  record: TaskRecord,
): Promise<readonly unknown[]> {
  try {
    await upstream(futures, record.facts.name);
    context.run.signal.throwIfAborted();
    return await Promise.all(args.map(withResults));
  } catch (error) {
    if (context.run.signal.aborted) record.move({ type: 'CANCELLED', message: describeFailure(context.run.signal.reason) });
    else record.move({ type: 'PENDING', name: 'NotReady', message: describeFailure(error) });
    throw error;
  }
}

async function runCached(task: TaskDefinition, args: readonly unknown[], context: RunContext, record: TaskRecord): Promise<unknown> {
  let entry: CacheEntry;
  try {
    entry = (await import('./cache.ts')).openCache(task, args, context.run.dataDir, context.integration());
  } catch (error) {
    record.move({ type: 'FAILED', message: describeFailure(error) });
    throw error;
  }
  const hit = await entry.read();
  if (hit) {
    record.move({ type: 'COMPLETED', name: 'Cached', details: hit.details });
    return hit.value;
  }
  return runLimited(task, args, context, record, async (result) => {
    const written = await entry.write(result);
    if ('details' in written) return written.details;
    writeLog(context, 'warning', `The result of "${record.facts.name}" was not cached: ${written.refused}`, record.id);
    return {};
  });
}

/** Runs a task. If its tags have concurrency limits, the task holds a slot of each limit. */
async function runLimited(
  task: TaskDefinition,
  args: readonly unknown[],
  context: RunContext,
  record: TaskRecord,
  keep?: Keep,
): Promise<unknown> {
  const { slots } = context.port;
  const run = (): Promise<unknown> => runTaskAttempts(task, args, context, record, keep);
  if (!slots || task.tags.length === 0) return run();
  const { withTagSlots } = await import('../slots/limit-tags.ts');
  const holder = { ...context, task: { id: record.id, name: record.facts.name } };
  const waits = (message: string): void => record.move({ type: 'PENDING', message });
  try {
    return await withTagSlots(task.tags, slots, holder, waits, run);
  } catch (error) {
    // If the task has run, its record has ended, and this changes nothing.
    if (context.run.signal.aborted) throw cancel(record, context.run.signal);
    record.move({ type: 'FAILED', message: describeFailure(error) });
    throw error;
  }
}
