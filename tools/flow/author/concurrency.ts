import { TributaryError } from '@tributary/contract/error';
import { defaultLeaseSeconds } from '@tributary/contract/lease';

import { currentContext } from '../run/context.ts';
import { unlessStopped } from '../run/heed-stop.ts';
import type { SlotCall } from '../run/slots/take-slots.ts';
import { type Duration, toSeconds } from './options/duration.ts';

export interface SlotOptions {
  /** how many slots of each limit; 1 unless told */
  readonly slots?: number;
  /** how long to wait for them; for ever unless told */
  readonly timeout?: Duration;
  /** true: a limit that does not exist is an error, and so is a lease that lapses during the work. Otherwise both are warnings. */
  readonly strict?: boolean;
}

type Work<Result> = () => Result | Promise<Result>;

/**
 * Runs `work` while it holds slots of one or several concurrency limits, all at once or none; waits until they are free.
 * They are given back however it ends. Without a server, and for names that no limit has, they are granted at once.
 * @throws `timeout` when they were not free in time, `misuse` when a limit never has so many
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
    throw new TributaryError('misuse', `concurrency(${JSON.stringify(names)}) has no work: give it a function, after its options.`);
  const context = currentContext();
  if (!context?.port.slots) return work();
  // Loaded when it is called: few runs are limited so, and each begins with these imports.
  const { withSlots } = await import('../run/slots/hold-slots.ts');
  return withSlots(call, context.port.slots, context, work);
}

/**
 * Waits until a limit whose slots come free by themselves (`slot_decay_per_second`) has some: limits how often, not how many at once.
 * Without a server, and for names that no limit has, it returns at once.
 * @throws as {@link concurrency} does, also when a limit is none of a rate
 */
export async function rateLimit(names: string | readonly string[], options: SlotOptions = {}): Promise<void> {
  const call = read('rateLimit', names, options);
  const context = currentContext();
  if (!context?.port.slots) return;
  const { takeSlots } = await import('../run/slots/take-slots.ts');
  await unlessStopped(takeSlots(call, context.port.slots, context), context);
}

function read(what: 'concurrency' | 'rateLimit', names: string | readonly string[], options: SlotOptions): SlotCall {
  const list = typeof names === 'string' ? [names] : [...new Set(names)];
  if (list.length === 0 || list.some((name) => name.trim() === ''))
    throw new TributaryError('misuse', `${what}(${JSON.stringify(names)}) names no limit: give the name of one, or of several in a list.`);
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
