import { toMicros } from '@tributary/contract/moment';
import type { IntervalSchedule } from '@tributary/contract/nouns/schedule';

import { toLocal, toMoment } from './local-time.ts';

const daySeconds = 86_400;

/**
 * The next times of an interval. An interval of a day or more follows the clocks of the timezone, so that a daily run keeps its hour when
 * clocks change. A shorter interval counts elapsed time.
 * @param after in milliseconds; all times are later
 * @returns milliseconds with a fraction, in ascending order
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
    // On a date that the timezone skips, the moment is that of the next date. It is returned only once.
    if (next > last) yield (last = next);
  }
}
