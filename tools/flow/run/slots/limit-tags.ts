import { isTributaryError, messageOf } from '@tributary/contract/error';

import type { RunContext } from '../context.ts';
import { whileHeld } from './hold-slots.ts';
import { writeLog } from '../log.ts';
import type { SlotPort } from './slot-port.ts';
import { type SlotCall, takeSlots } from './take-slots.ts';

/** Milliseconds that an answer about limits counts. */
const countsFor = 5000;
/** Prefect's tasks have the same, the least: what a killed process held is free soon. */
const leaseSeconds = 60;

interface TagLimits {
  readonly isLimited: Promise<boolean>;
  readonly until: number;
}
const answers = new WeakMap<SlotPort, Map<string, TagLimits>>();

/**
 * Runs a task while it holds a slot of each limit on its tags, which are called `tag:…`, as Prefect's commands make them.
 * Of tasks whose tags have no limit, one in some seconds asks.
 * @param context in which the task is the holder
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
  const counts = before !== undefined && before.until > performance.now();
  if (counts && !(await before.isLimited)) return body();
  const { promise: isLimited, resolve } = Promise.withResolvers<boolean>();
  if (!counts) known.set(key, { isLimited, until: performance.now() + countsFor });
  const waits = (message: string): void => {
    resolve(true);
    onWait(message);
  };
  const call: SlotCall = { names, slots: 1, mode: 'concurrency', timeout: null, strict: false, quiet: true, leaseSeconds, onWait: waits };
  try {
    const lease = await takeSlots(call, port, context).catch((error: unknown) => goOn(error, call, context));
    resolve(lease !== null);
    return lease === null ? await body() : await whileHeld(lease, call, port, context, body);
  } finally {
    // Whoever waits for an answer asks for itself.
    resolve(true);
  }
}

/** A server that fails to answer, or has no limits, is no reason not to run. */
function goOn(error: unknown, call: SlotCall, context: RunContext): null {
  if (context.run.signal.aborted || isTributaryError(error, 'misuse')) throw error;
  if (!isTributaryError(error, 'not_found') && context.attempt.count('tags unlimited') === 0)
    writeLog(
      context,
      'warning',
      `The limits ${call.names.join(', ')} could not be asked for a slot, so they limit nothing: ${messageOf(error)}`,
    );
  return null;
}
