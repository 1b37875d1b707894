import { toMicros } from '@tributary/contract/moment';
import type { IntervalSchedule } from '@tributary/contract/nouns/schedule';

import { toLocal, toMoment } from './local-time.ts';

const daySeconds = 86_400;

/**
 * @returns the moments after one, in milliseconds with a fraction. Less than a day is counted as it passes; a day and more by the clocks of
 * the timezone, so that a daily run keeps its hour over a change to summer time.
 */
export function* nextIntervalTimes({ interval, anchor_date: anchor, timezone }: IntervalSchedule, after: number): Generator<number> {
  const zone = timezone || 'UTC';
  const step = interval * 1000;
  const start = anchor ? toMicros(anchor) / 1000 : after;
  if (interval < daySeconds) {
    for (let count = Math.floor((after - start) / step); ; count += 1) {
      const next = start + count * step;
      if (next > after) yield next;
    }
  }
  const local = toLocal(start, zone);
  let last = after;
  for (let count = Math.floor((toLocal(after, zone) - local) / step) - 1; ; count += 1) {
    const next = toMoment(local + count * step, zone);
    // A day that a timezone leaves out falls on the next one.
    if (next > last) yield (last = next);
  }
}
