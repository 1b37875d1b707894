import { TributaryError } from '@tributary/contract/error';
import { defaultLeaseSeconds } from '@tributary/contract/lease';

import { currentContext } from '../run/context.ts';
import { unlessStopped } from '../run/heed-stop.ts';
import type { SlotCall } from '../run/slots/acquire-slots.ts';
import { type Duration, toSeconds } from './options/duration.ts';

/** The options of {@link concurrency} and {@link rateLimit}. */
export interface SlotOptions {
  /**
   * how many slots to take of each limit
   * @default 1
   */
  readonly slots?: number;
  /**
   * how long to wait for the slots at most
   * @default no limit
   */
  readonly timeout?: Duration;
  /**
   * True throws an error if a limit doesn't exist, or if the lease lapses during the work. False only logs a warning.
   * @default false
   */
  readonly strict?: boolean;
}

type Work<Result> = () => Result | Promise<Result>;

/**
 * Waits until slots of one or several concurrency limits are all free, takes the slots, and runs `work`. It releases the slots even if the
 * work fails. Without a server, and for names without a limit, the work starts immediately.
 * @param names the limits, created with `npx tributary concurrency-limit create`
 * @returns what `work` returned
 * @throws `timeout` when the slots weren't free in time, `misuse` when a limit has fewer slots than asked for
 * @example
 * const rows = await concurrency('warehouse', { slots: 2, timeout: '10m' }, () => query(sql));
 */
export function concurrency<Result>(names: string | readonly string[], work: Work<Result>): Promise<Result>;
export function concurrency<Result>(names: string | readonly string[], options: SlotOptions, work: Work<Result>): Promise<Result>;
export async function concurrency<Result>(
  names: string | readonly string[],
  ...rest: [work: Work<Result>] | [options: SlotOptions, work: Work<Result>]
): Promise<Result> {
  const [options, work] = rest.length === 1 ? [{}, rest[0]] : rest;
  const call = read('concurrency', names, options);
  if (typeof work !== 'function')
    throw new TributaryError('misuse', `concurrency(${JSON.stringify(names)}) has no work: pass a function as the last argument.`);
  const context = currentContext();
  if (!context?.port.slots) return work();
  // Imported here because every run loads this file, but few runs hold slots.
  const { withSlots } = await import('../run/slots/hold-slots.ts');
  return withSlots(call, context.port.slots, context, work);
}

/**
 * Takes slots of limits whose slots become free again over time (`slot_decay_per_second`), and waits for the slots if necessary. So the
 * call limits how often work starts, not how much runs at once. Without a server, and for names without a limit, it returns immediately.
 * @throws `timeout` when the slots weren't free in time, `misuse` when a limit has fewer slots than asked for, or has no decay
 * @example
 * await rateLimit('shop-api');
 * const answer = await fetch(url);
 */
export async function rateLimit(names: string | readonly string[], options: SlotOptions = {}): Promise<void> {
  const call = read('rateLimit', names, options);
  const context = currentContext();
  if (!context?.port.slots) return;
  const { acquireSlots } = await import('../run/slots/acquire-slots.ts');
  await unlessStopped(acquireSlots(call, context.port.slots, context), context);
}

function read(what: 'concurrency' | 'rateLimit', names: string | readonly string[], options: SlotOptions): SlotCall {
  const list = typeof names === 'string' ? [names] : [...new Set(names)];
  if (list.length === 0 || list.some((name) => name.trim() === ''))
    throw new TributaryError('misuse', `${what}(${JSON.stringify(names)}) needs the name of a limit: give a name, or a list of names.`);
  const { slots = 1, timeout, strict = false } = options;
  const of = `of ${what}(${JSON.stringify(names)})`;
  if (!Number.isInteger(slots) || slots < 1)
    throw new TributaryError('misuse', `The slots ${of} are ${slots}: give a whole number above 0.`);
  return {
    names: list,
    slots,
    mode: what === 'concurrency' ? 'concurrency' : 'rate_limit',
    timeout: timeout === undefined ? null : toSeconds(timeout, `timeout ${of}`),
    strict,
    leaseSeconds: defaultLeaseSeconds,
  };
}
