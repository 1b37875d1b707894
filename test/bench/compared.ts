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
  /** the highest ratio that is promised, of our worker's figure to that of Prefect's worker, both on Prefect's server */
  readonly promise?: { readonly most: number };
}

/** The ratio of our worker's figure to that of Prefect's worker, both on Prefect's server. */
export function figureOf({ values, by = median }: Compared): number {
  return by(values.onPrefect) / by(values.theirs);
}

/** True if the row keeps its promise or has none. */
export function isKept(row: Compared): boolean {
  return row.promise === undefined || figureOf(row) <= row.promise.most;
}

/** Prints the figures as a table. */
export function toTable(rows: readonly Compared[]): string {
  const head = [
    'measure',
    'our worker, our server',
    'our worker, Prefect’s server',
    'Prefect’s worker',
    'ratio',
    'promised',
    '',
    'samples',
  ];
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
  return `${lines(head, cells)}\n\nOur worker runs TypeScript flows. Prefect’s worker is its process worker with default settings, and runs Python flows. Ratio: our worker on Prefect’s server, divided by Prefect’s worker.\nPrefect’s server uses SQLite, with Python’s garbage collector off. With the collector on, the server stalls for a minute at random.`;
}
