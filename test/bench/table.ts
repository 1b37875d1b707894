export type Unit = 'ms' | 's' | '/s' | 'MB' | 'MB/s' | 's/GB' | '% of a core' | 'runs' | 'requests';

/** One line of the result. */
export interface Row {
  readonly measure: string;
  /** what was measured, in `unit` */
  readonly value: number;
  readonly unit: Unit;
  /** a reference value in the same unit; if there is one, the promise is about the ratio of `value` to it */
  readonly floor?: number;
  readonly promise: { readonly most: number } | { readonly least: number };
}

/** The figure that the promise is about: the ratio to the floor, or the value itself if there is no floor. */
export function figureOf({ value, floor }: Row): number {
  return floor === undefined ? value : value / floor;
}

export function isKept(row: Row): boolean {
  return 'most' in row.promise ? figureOf(row) <= row.promise.most : figureOf(row) >= row.promise.least;
}

/** Prints the figures as a table. */
export function toTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => {
    const { measure, value, unit, floor, promise } = row;
    const bound = 'most' in promise ? `≤ ${promise.most}` : `≥ ${promise.least}`;
    return [
      measure,
      `${digits(value)} ${unit}`,
      floor === undefined ? '' : `${digits(floor)} ${unit}`,
      floor === undefined ? '' : `${figureOf(row).toFixed(2)} ×`,
      `${bound} ${floor === undefined ? unit : '×'}`,
      isKept(row) ? '✓' : '✗',
    ];
  });
  return lines(['measure', 'value', 'floor', 'ratio', 'promised', ''], cells);
}

/** Aligns columns: the first to the left, the others to the right. */
export function lines(head: readonly string[], cells: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...cells.map(line)].join('\n');
}

export function digits(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 1 ? 3 : 1);
}
