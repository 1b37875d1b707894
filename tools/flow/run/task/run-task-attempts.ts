import { isTributaryError, TributaryError } from '@tributary/contract/error';
import { addSeconds } from '@tributary/contract/moment';
import { waitUnless } from '@tributary/contract/wait';

import type { TaskDefinition } from './task-definition.ts';
import type { CacheDetails } from './cache.ts';
import { type CallNumbers, numberTries } from '../children/call-numbers.ts';
import { inContext, type RunContext } from '../context.ts';
import { blame, describeFailure } from '../failure.ts';
import { writeLog } from '../log.ts';
import { decideRetry, noRetriesUsed } from './decide-retry.ts';
import type { TaskRecord } from './task-record.ts';
import { withTimeout } from './timeout.ts';

/** Stores a result before its task run completes. @returns details for the task run's state */
export type Keep = (result: unknown) => Promise<CacheDetails>;

/** Makes a task's attempts until one succeeds or no retry is left. @throws what the last attempt threw */
export async function runTaskAttempts(
  task: TaskDefinition,
  args: readonly unknown[],
  context: RunContext,
  record: TaskRecord,
  keep?: Keep,
): Promise<unknown> {
  const { signal } = context.run;
  const beginTry = numberTries(context.calls);
  let used = noRetriesUsed;
  for (let attempt = 1; ; attempt += 1) {
    if (signal.aborted) throw cancel(record, signal);
    record.move({ type: 'RUNNING', ...(attempt > 1 ? { name: 'Retrying' } : {}) });
    try {
      const result = await attemptOnce(task, args, context, record, beginTry());
      record.move({ type: 'COMPLETED', ...(keep ? { details: await keep(result) } : {}) });
      return result;
    } catch (thrown) {
      if (signal.aborted) throw cancel(record, signal);
      const decision = await decideRetry(task, thrown, used, {
        name: record.facts.name,
        now: performance.now() / 1000,
        random: Math.random(),
        log: (level, message) => writeLog(context, level, message, record.id),
      });
      if (!decision.again) {
        const { error } = decision;
        const timedOut = isTributaryError(error, 'timeout') && error.facts.task === record.id;
        const message = describeFailure(error);
        record.move({ type: 'FAILED', ...(timedOut ? { name: 'TimedOut' } : {}), message });
        blame(context.attempt, error, `Task "${record.facts.name}"`, message);
        throw error;
      }
      const { seconds, reason } = decision;
      used = decision.used;
      const message = describeFailure(decision.failure);
      writeLog(context, 'warning', `Task "${record.facts.name}" failed: ${message.replace(/\.$/, '')}. ${reason}`, record.id);
      const at = addSeconds(context.port.clock(), seconds);
      record.move({ type: 'SCHEDULED', name: 'AwaitingRetry', message, details: { scheduled_time: at } });
      await waitUnless(seconds, signal);
    }
  }
}

/** Ends the task run of a flow that was stopped. @returns the reason why the flow was stopped */
export function cancel(record: TaskRecord, signal: AbortSignal): unknown {
  record.move({ type: 'CANCELLED', message: describeFailure(signal.reason) });
  return signal.reason;
}

async function attemptOnce(
  task: TaskDefinition,
  args: readonly unknown[],
  context: RunContext,
  record: TaskRecord,
  calls: CallNumbers,
): Promise<unknown> {
  const self = { id: record.id, name: record.facts.name };
  const activity = context.activity.begin();
  const inner = { ...context, activity, calls, task: self };
  try {
    if (task.timeout === null) return await inContext(inner, () => call(task, args));
    const late = (): TributaryError =>
      new TributaryError('timeout', `Task "${self.name}" took longer than its timeout of ${task.timeout} s.`, { facts: { task: self.id } });
    return await withTimeout(task.timeout, context.run.signal, late, (signal) =>
      inContext({ ...inner, run: { ...context.run, signal } }, () => call(task, args)),
    );
  } finally {
    activity.end();
  }
}

function call(task: TaskDefinition, args: readonly unknown[]): unknown {
  // The caller's types have checked the arguments.
  return Reflect.apply(task.body, undefined, args);
}
