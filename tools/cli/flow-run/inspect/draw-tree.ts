import { cutText } from '@tributary/contract/cut-text';
import type { FlowRunId } from '@tributary/contract/id';
import { type Timestamp, toMicros } from '@tributary/contract/moment';
import type { TreeRow } from '@tributary/contract/nouns/flow-run-tree';
import type { CarriedStateType } from '@tributary/contract/nouns/state';

import { clock } from '../../print/moment.ts';
import type { Paint } from '../../print/paint.ts';
import { printable } from '../../print/text.ts';
import { stateText } from '../../watch/line.ts';
import { byStart, nameOf, statesOf, took } from './row.ts';

/** A narrower bar shows nothing. */
const narrowestBar = 12;
const longestName = 48;

interface Line {
  readonly row: TreeRow;
  readonly name: string;
  readonly states: string;
  readonly took: string;
}

/**
 * Draws a run's tree, a row per line, with a bar that shows when each of them ran.
 * @param options.width in characters; null without a terminal: then there are no bars
 */
export function drawTree(
  rows: readonly TreeRow[],
  { now, width, paint }: { readonly now: Timestamp; readonly width: number | null; readonly paint: Paint },
): string {
  const lines = linesOf(rows, now);
  const columns = (['name', 'states', 'took'] as const).map((column) => Math.max(...lines.map((line) => line[column].length)));
  const [names = 0, states = 0, tooks = 0] = columns;
  const left = width === null ? 0 : width - names - states - tooks - 6;
  const span = spanOf(rows, now);
  const bars = span && left >= narrowestBar ? { ...span, width: left } : undefined;
  const drawn = lines.map((line) => {
    const state = stateText(paint, { type: typeOf(line.row), name: line.states.padEnd(states) });
    const cells = [line.name.padEnd(names), state, line.took.padStart(tooks)];
    return [...cells, ...(bars ? [bar(line.row, bars, now, paint)] : [])].join('  ').trimEnd();
  });
  if (!bars) return drawn.join('\n');
  const [from, to] = [clock(bars.from), clock(bars.to)];
  const axis = `${' '.repeat(names + states + tooks + 6)}${from}${to.padStart(Math.max(to.length + 1, bars.width - from.length))}`;
  return [paint('dim', axis), ...drawn].join('\n');
}

/** The rows as lines: each below its flow run, in the order of their starts. */
function linesOf(rows: readonly TreeRow[], now: Timestamp): Line[] {
  const below = Map.groupBy(rows, (row) => (row.kind === 'flow-run' ? row.parent_flow_run_id : row.flow_run_id));
  const line = (row: TreeRow, before: string): Line => ({
    row,
    name: cutText(before + printable(nameOf(row)).replaceAll('\n', ' '), longestName),
    states: statesOf(row),
    took: took(row, now),
  });
  const linesBelow = (id: FlowRunId, before: string): Line[] => {
    const own = (below.get(id) ?? []).toSorted(byStart);
    return own.flatMap((row, index) => {
      const isLast = index === own.length - 1;
      const first = line(row, `${before}${isLast ? '└ ' : '├ '}`);
      return row.kind === 'flow-run' ? [first, ...linesBelow(row.id, `${before}${isLast ? '  ' : '│ '}`)] : [first];
    });
  };
  const [root] = rows;
  return root?.kind === 'flow-run' ? [line(root, ''), ...linesBelow(root.id, '')] : [];
}

interface Span {
  readonly from: Timestamp;
  readonly to: Timestamp;
}

function spanOf(rows: readonly TreeRow[], now: Timestamp): Span | undefined {
  const started = rows.flatMap(({ start_time: start }) => start ?? []).toSorted();
  const [from] = started;
  const to = rows
    .flatMap((row) => (row.start_time ? (row.end_time ?? now) : []))
    .toSorted()
    .at(-1);
  return from && to ? { from, to } : undefined;
}

function bar(row: TreeRow, { from, to, width }: Span & { readonly width: number }, now: Timestamp, paint: Paint): string {
  if (!row.start_time) return '';
  const whole = Math.max(1, toMicros(to) - toMicros(from));
  const place = (at: Timestamp): number => ((toMicros(at) - toMicros(from)) / whole) * width;
  const begin = Math.min(width - 1, Math.round(place(row.start_time)));
  const length = Math.max(1, Math.min(width, Math.round(place(row.end_time ?? now))) - begin);
  return `${' '.repeat(begin)}${stateText(paint, { type: typeOf(row), name: '█'.repeat(length) })}`;
}

/** The type of state that gives a row its colour. Of several tasks, a failed one counts most. */
function typeOf(row: TreeRow): CarriedStateType {
  if (row.kind !== 'task-runs') return row.state_type ?? 'PENDING';
  return (['FAILED', 'CRASHED', 'RUNNING'] as const).find((type) => row.counts[type]) ?? 'COMPLETED';
}
