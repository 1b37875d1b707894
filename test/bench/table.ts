export interface Row {
  readonly measure: string;
  /** milliseconds, or runs a second */
  readonly value: number;
  /** the same for the floor: a bare `node -e 0`, or processes that import zod and make one request */
  readonly floor: number;
  readonly ratio: number;
  /** the ratio may be this at the most */
  readonly most?: number;
  /** the ratio must be this at the least */
  readonly least?: number;
}

/** The figures for people. */
export function toTable(rows: readonly Row[]): string {
  const cells = rows.map(({ measure, value, floor, ratio, most, least }) => [
    measure,
    value.toFixed(1),
    floor.toFixed(1),
    `${ratio.toFixed(2)} ×`,
    most === undefined ? `≥ ${least?.toFixed(2)} ×` : `≤ ${most.toFixed(2)} ×`,
    (most === undefined || ratio <= most) && (least === undefined || ratio >= least) ? '✓' : '✗',
  ]);
  const head = ['measure', 'ours', 'floor', 'ratio', 'promised', ''];
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...cells.map(line)].join('\n');
}
