import type { Each } from './lanes.ts';
import { median } from './statistics.ts';
import { digits, type Unit, lines } from './table.ts';

/** One line of the comparison. */
export interface Compared {
  readonly measure: string;
  readonly unit: Unit;
  readonly values: Each<readonly number[]>;
  /** sums up the samples @default the median */
  readonly by?: (values: readonly number[]) => number;
  /** on the ratio of our worker to theirs, both on their server */
  readonly promise?: { readonly most: number };
}

/** The ratio of our worker on their server to their worker. */
export function figureOf({ values, by = median }: Compared): number {
  return by(values.onPrefect) / by(values.theirs);
}

/** Whether a promise is kept. A row without a promise is fine. */
export function isKept(row: Compared): boolean {
  return row.promise === undefined || figureOf(row) <= row.promise.most;
}

/** Prints the figures as a table. */
export function toTable(rows: readonly Compared[]): string {
  const head = ['measure', 'ours, our server', 'ours, Prefect', 'Prefect’s own', 'ratio', 'promised', '', 'samples'];
  const cells = rows.map((row) => {
    const { measure, unit, values, by = median, promise } = row;
    const value = (of: readonly number[]) => `${digits(by(of))} ${unit}`;
    const { own, onPrefect, theirs } = values;
    return [
      measure,
      value(own),
      value(onPrefect),
      value(theirs),
      by(theirs) === 0 ? '' : `${figureOf(row).toFixed(2)} ×`,
      promise ? `≤ ${promise.most} ×` : '',
      promise ? (isKept(row) ? '✓' : '✗') : '',
      [own.length, onPrefect.length, theirs.length].join(' / '),
    ];
  });
  return `${lines(head, cells)}\n\nours: our worker, by TypeScript flows; Prefect’s own: its process worker with its defaults, by Python flows. Ratio: ours on Prefect’s server by Prefect’s own.\nPrefect’s server is on SQLite, with Python’s garbage collector off: with it, it stands still for a minute at random.`;
}
