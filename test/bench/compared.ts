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
  /**
   * What is promised on Prefect's server. `most`: the highest ratio of our figure to Prefect's own; `faster`: how many times as long Prefect's
   * own takes at least
   */
  readonly promise?: { readonly most: number } | { readonly faster: number };
}

/** The ratio of the promise: our figure divided by Prefect's own, both on Prefect's server, or for `faster` the other way round. */
export function figureOf({ values, by = median, promise }: Compared): number {
  const ratio = by(values.onPrefect) / by(values.theirs);
  return promise && 'faster' in promise ? 1 / ratio : ratio;
}

/** True if the row keeps its promise or has none. */
export function isKept(row: Compared): boolean {
  const { promise } = row;
  if (promise === undefined) return true;
  return 'faster' in promise ? figureOf(row) >= promise.faster : figureOf(row) <= promise.most;
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
      by(theirs) === 0 ? '' : `${figureOf(row).toFixed(2)} ×${promise && 'faster' in promise ? ' faster' : ''}`,
      promise ? ('faster' in promise ? `≥ ${promise.faster} × faster` : `≤ ${promise.most} ×`) : '',
      promise ? (isKept(row) ? '✓' : '✗') : '',
      [own.length, onPrefect.length, theirs.length].join(' / '),
    ];
  });
  return `${lines(head, cells)}\n\nOur worker runs TypeScript flows. Prefect’s worker is its process worker with default settings, and runs Python flows. Ratio: our worker on Prefect’s server, divided by Prefect’s worker, or the other way round where it says faster. Deployments are compared with those of Prefect’s own deploy().\nPrefect’s server uses SQLite, with Python’s garbage collector off. With the collector on, the server stalls for a minute at random.`;
}
