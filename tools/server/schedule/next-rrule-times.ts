import { createRequire } from 'node:module';

import { messageOf, TributaryError } from '@tributary/contract/error';
import type { RruleSchedule } from '@tributary/contract/nouns/schedule';
import { readRrule, type Recurrence, type Rule } from '@tributary/contract/schedule/read-rrule';

import { toLocal, toMoment } from './local-time.ts';

const require = createRequire(import.meta.url);

/** Loads the RRULE library and Temporal, which Node lacks until version 26. A server without RRULEs saves the memory of both. */
function load(): typeof import('rrule-temporal') {
  if (!('Temporal' in globalThis)) {
    const { Temporal }: typeof import('temporal-polyfill') = require('temporal-polyfill');
    Object.assign(globalThis, { Temporal });
  }
  return require('rrule-temporal');
}

const day = 86_400_000;

/** The most steps of one search. A rule that fires needs fewer. A rule that never fires takes them all, which lasts one to four seconds. */
const maxIterations = 100_000;

/**
 * If EXRULE and EXDATE exclude this many consecutive times of an RRULE, the server assumes that the RRULE never fires. For an RRULE with
 * one time per minute, this is about a week.
 */
const maxExcluded = 10_000;

/**
 * The next times of an RRULE, on the wall clock of its timezone.
 * @param after in milliseconds; all times are later
 * @returns milliseconds, in ascending order
 * @throws `invalid_schedule` with the reason if the RRULE can't be read or never fires
 */
export function* nextRruleTimes({ rrule, timezone }: RruleSchedule, after: number): Generator<number> {
  const zone = timezone || 'UTC';
  const recurrence = readRrule(rrule);
  // A local time that the clocks skipped within the last day may still be due.
  const from = Math.min(toLocal(after, zone), toLocal(after - day, zone) + day);
  let last = after;
  for (const next of momentsInOrder(withoutExcluded(localTimes(recurrence, from), recurrence), zone)) {
    if (next <= last) continue;
    yield next;
    last = next;
  }
}

/**
 * Turns local times into moments in ascending order. A local time that the clocks skip is due later by the length of the gap, as RFC 5545
 * says. Its moment may therefore come after those of later local times.
 */
function* momentsInOrder(locals: Iterable<number>, zone: string): Generator<number> {
  const skipped: number[] = [];
  for (const local of locals) {
    const moment = toMoment(local, zone);
    if (toLocal(moment, zone) === local) {
      while (skipped[0] !== undefined && skipped[0] < moment) yield* skipped.splice(0, 1);
      yield moment;
    } else skipped.push(moment);
  }
  yield* skipped;
}

/** Leaves out the times of EXRULE and EXDATE. */
function* withoutExcluded(times: Iterable<number>, { start, excludedRules, excludedDates }: Recurrence): Generator<number> {
  const dates = new Set(excludedDates);
  const rules = excludedRules.map((rule) => searchFrom(rule, start));
  let excluded = 0;
  for (const time of times) {
    const isExcluded = dates.has(time) || rules.some((timeFrom) => timeFrom(time) === time);
    excluded = isExcluded ? excluded + 1 : 0;
    if (excluded === maxExcluded)
      throw new TributaryError('invalid_schedule', `it never fires: EXRULE and EXDATE exclude its next ${maxExcluded} times.`);
    if (!isExcluded) yield time;
  }
}

/** @returns a function that finds a rule's first time at or after a given time, Infinity if none; successive given times must ascend */
function searchFrom(rule: Rule, start: number): (time: number) => number {
  const timeAfter = timesOf(rule, start);
  let found = -Infinity;
  return (time) => (found < time ? (found = timeAfter(time - 1) ?? Infinity) : found);
}

/** The local times of RRULE and RDATE after `from`, in ascending order. */
function localTimes({ start, rules, dates }: Recurrence, from: number): Generator<number> {
  const later = dates.filter((time) => time > from).toSorted((one, other) => one - other);
  return merge([...rules.map((rule) => walk(timesOf(rule, start), from)), later.values()]);
}

function* walk(timeAfter: (time: number) => number | undefined, from: number): Generator<number> {
  for (let time = timeAfter(from); time !== undefined; time = timeAfter(time)) yield time;
}

/** @returns a function that finds a rule's first time after a given time; undefined if there is none */
function timesOf({ text, until }: Rule, start: number): (time: number) => number | undefined {
  const { RRuleTemporal } = load();
  const rule = new RRuleTemporal({ rruleString: `DTSTART:${compact(start)}\nRRULE:${text}`, maxIterations });
  return (time) => {
    try {
      const next = rule.next(new Date(time), false)?.epochMilliseconds;
      return next === undefined || (until !== null && next > until) ? undefined : next;
    } catch (error) {
      // The search has passed Temporal's latest date.
      if (error instanceof RangeError) return undefined;
      if (!messageOf(error).startsWith('Maximum')) throw error;
      throw new TributaryError('invalid_schedule', `it never fires: no time within ${maxIterations} steps from DTSTART fits "${text}".`);
    }
  };
}

/** Merges sequences that each ascend. */
function* merge(sources: readonly Iterator<number>[]): Generator<number> {
  const heads = sources.map((source) => ({ source, at: source.next() }));
  for (;;) {
    const [first] = heads.filter(({ at }) => !at.done).toSorted((one, other) => one.at.value - other.at.value);
    if (!first) return;
    yield first.at.value;
    first.at = first.source.next();
  }
}

/** Prints a local time as `20260131T080000Z`. The library computes with local times as if they were UTC. */
function compact(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}
