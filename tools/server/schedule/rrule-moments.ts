import { createRequire } from 'node:module';

import type { RruleSchedule } from '@tributary/contract/nouns/schedule';

import { toLocal, toMoment } from './local-time.ts';
import { readRrule, type Recurrence } from './read-rrule.ts';

const require = createRequire(import.meta.url);

/** Who needs no RRULE does not pay the memory of its library, and of the calendar that Node lacks until its version 26. */
function load(): typeof import('rrule-temporal') {
  if (!('Temporal' in globalThis)) {
    const { Temporal }: typeof import('temporal-polyfill') = require('temporal-polyfill');
    Object.assign(globalThis, { Temporal });
  }
  return require('rrule-temporal');
}

const day = 86_400_000;

/** More than any rule needs to come to its next moment; one that never comes there is found out in half a second. */
const maxIterations = 100_000;

/** @returns the moments after one, in milliseconds, by the clocks of the timezone. Errors: a TypeError with a sentence. */
export function* rruleMoments({ rrule, timezone }: RruleSchedule, after: number): Generator<number> {
  const zone = timezone || 'UTC';
  const recurrence = readRrule(rrule);
  // What the clocks have leapt over a while ago may still lie ahead.
  const from = Math.min(toLocal(after, zone), toLocal(after - day, zone) + day);
  const left = new Set(recurrence.left);
  let last = after;
  for (const next of momentsInOrder(inOrder(sourcesOf(recurrence, from)), left, zone)) {
    if (next <= last) continue;
    yield next;
    last = next;
  }
}

/** What the clocks leap over comes as much later as they leap, as RFC 5545 says, which may be after local times that follow it. */
function* momentsInOrder(locals: Iterable<number>, left: ReadonlySet<number>, zone: string): Generator<number> {
  const leapt: number[] = [];
  for (const local of locals) {
    if (left.has(local)) continue;
    const moment = toMoment(local, zone);
    if (toLocal(moment, zone) === local) {
      while (leapt[0] !== undefined && leapt[0] < moment) yield* leapt.splice(0, 1);
      yield moment;
    } else leapt.push(moment);
  }
  yield* leapt;
}

/** One sequence for each rule, and one for the single times. */
function sourcesOf({ start, rules, added }: Recurrence, from: number): Iterator<number>[] {
  return [
    ...rules.map((rule) => ruleTimes(rule, start, from)),
    added
      .filter((time) => time > from)
      .toSorted((one, other) => one - other)
      .values(),
  ];
}

function* ruleTimes({ text, until }: Recurrence['rules'][number], start: number, from: number): Generator<number> {
  const { RRuleTemporal } = load();
  const rule = new RRuleTemporal({ rruleString: `DTSTART:${compact(start)}\nRRULE:${text}`, maxIterations });
  let last = from;
  for (;;) {
    const next = rule.next(new Date(last), false);
    if (!next || (until !== null && next.epochMilliseconds > until)) return;
    last = next.epochMilliseconds;
    yield last;
  }
}

/** Merges sequences that are each in order. */
function* inOrder(sources: readonly Iterator<number>[]): Generator<number> {
  const heads = sources.map((source) => ({ source, at: source.next() }));
  for (;;) {
    const [first] = heads.filter(({ at }) => !at.done).toSorted((one, other) => one.at.value - other.at.value);
    if (!first) return;
    yield first.at.value;
    first.at = first.source.next();
  }
}

/** `20260131T080000Z`, which the library takes for UTC: its clocks stand for those of any timezone. */
function compact(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}
