import { isTributaryError, messageOf } from '@tributary/contract/error';

import type { RunContext } from '../context.ts';
import { whileHeld } from './hold-slots.ts';
import { writeLog } from '../log.ts';
import type { SlotPort } from './slot-port.ts';
import { type SlotCall, acquireSlots } from './acquire-slots.ts';

/** How long an answer about limits stays valid, in milliseconds. */
const validFor = 5000;
/** The shortest lease that a server gives, so that the slots of a killed process are soon free. Prefect's own tasks use the same. */
const leaseSeconds = 60;

interface TagLimits {
  readonly isLimited: Promise<boolean>;
  readonly until: number;
}
const answers = new WeakMap<SlotPort, Map<string, TagLimits>>();

/**
 * Runs a task that holds one slot of each limit on its tags. Such a limit is called `tag:…`, as in Prefect's commands.
 * If a tag has no limit, the server is asked about the tag every 5 s at most, and not by each task.
 * @param context the context of the task that holds the slots
 * @param onWait called if the slots are not free immediately
 */
export async function withTagSlots<Result>(
  tags: readonly string[],
  port: SlotPort,
  context: RunContext,
  onWait: (message: string) => void,
  body: () => Promise<Result>,
): Promise<Result> {
  const names = tags.map((tag) => `tag:${tag}`);
  const known = answers.get(port) ?? new Map<string, TagLimits>();
  answers.set(port, known);
  const key = names.toSorted().join('\n');
  const before = known.get(key);
  const isValid = before !== undefined && before.until > performance.now();
  if (isValid && !(await before.isLimited)) return body();
  const { promise: isLimited, resolve } = Promise.withResolvers<boolean>();
  if (!isValid) known.set(key, { isLimited, until: performance.now() + validFor });
  const waits = (message: string): void => {
    resolve(true);
    onWait(message);
  };
  const call: SlotCall = { names, slots: 1, mode: 'concurrency', timeout: null, strict: false, quiet: true, leaseSeconds, onWait: waits };
  try {
    const lease = await acquireSlots(call, port, context).catch((error: unknown) => withoutSlots(error, call, context));
    resolve(lease !== null);
    return lease === null ? await body() : await whileHeld(lease, call, port, context, body);
  } finally {
    // After a failure, each task that waits for this answer sends a request of its own.
    resolve(true);
  }
}

/** Lets the task run without slots if the server fails or has no limits. @throws the error if the run was stopped, or if it is a `misuse` */
function withoutSlots(error: unknown, call: SlotCall, context: RunContext): null {
  if (context.run.signal.aborted || isTributaryError(error, 'misuse')) throw error;
  if (!isTributaryError(error, 'not_found') && context.attempt.count('tags unlimited') === 0)
    writeLog(
      context,
      'warning',
      `Could not ask the limits ${call.names.join(', ')} for a slot, so the tasks run without slots: ${messageOf(error)}`,
    );
  return null;
}
