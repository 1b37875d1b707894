import type { TreeFlowRun, TreeTaskRun } from '@tributary/contract/nouns/flow-run-tree';

import { clock, dateTime } from '../../print/moment.ts';
import type { Paint } from '../../print/paint.ts';
import { printable, table } from '../../print/text.ts';
import type { Rerun } from './choose-rerun.ts';
import type { Failure } from './find-failure.ts';
import type { Why } from './read-why.ts';
import { nameOf, statesOf } from './row.ts';

const mostOthers = 10;
const mostSqlLines = 40;

/** Describes what failed and when, why, and what to rerun, as three paragraphs with headings. */
export function describeFailure(
  { failure, why, rerun }: { readonly failure: Failure; readonly why: Why; readonly rerun: Rerun | null },
  paint: Paint,
): string {
  const began = failure.chain.at(-1) ?? failure.chain[0];
  const message = printable(why.message ?? '').trim();
  return [
    table(['WHAT FAILED', 'STATE', 'STARTED', 'ENDED', 'ATTEMPT'], failure.chain.map(cellsOf), ''),
    ...othersOf(failure),
    '',
    paint('bold', 'WHY'),
    ...indented(message ? lines(message) : [`${nameOf(began)} ended as ${statesOf(began)}, and its state has no message.`]),
    ...logLines(failure, why, message),
    ...(why.compiled_sql === null ? [] : ['', `  Compiled SQL of ${nameOf(began)}:`, ...indented(sqlLines(why.compiled_sql), 4)]),
    ...(rerun ? ['', describeRerun(rerun, paint)] : []),
  ].join('\n');
}

/** Describes what to rerun: what to do before, the command, and what it does. */
export function describeRerun({ first, command, effect }: Rerun, paint: Paint): string {
  return [paint('bold', 'RERUN'), ...indented([...first, ...(command === null ? [] : [paint('bold', command)]), ...effect])].join('\n');
}

function cellsOf(row: TreeFlowRun | TreeTaskRun, depth: number): string[] {
  const branch = depth === 0 ? '' : `${'  '.repeat(depth - 1)}└ `;
  return [`${branch}${nameOf(row)}`, statesOf(row), dateTime(row.start_time), dateTime(row.end_time), String(Math.max(1, row.run_count))];
}

function othersOf({ others }: Failure): string[] {
  if (others.length === 0) return [];
  const shown = others.slice(0, mostOthers);
  const more = others.length - shown.length;
  const described = shown.map((row) => [nameOf(row), statesOf(row), firstLine(row.message)].filter(Boolean).join('  '));
  return ['', '  Failed beside it:', ...indented([...described, ...(more > 0 ? [`and ${more} more`] : [])], 4)];
}

/**
 * The last errors of the log that the message doesn't have already, and the command that prints the whole log. Of an error that repeats the
 * message, the first line says where it happened.
 */
function logLines({ chain }: Failure, { logs }: Why, message: string): string[] {
  const where = chain.findLast((row) => row.kind === 'flow-run') ?? chain[0];
  const said = logs.map(({ timestamp, message: line }) => {
    const text = printable(line).trim();
    return { at: clock(timestamp), text: message && text.includes(message) ? firstLine(text) : text };
  });
  const fresh = said
    .filter(({ text }) => !message.includes(text) && !text.endsWith(message || text))
    .flatMap(({ at, text }) => lines(`${at}  ${text}`));
  const all = `npx tributary flow-run logs ${where.id}`;
  if (fresh.length === 0) return ['', `  Its log: ${all}`];
  return ['', `  Last errors in the log of ${nameOf(where)}, whole log: ${all}`, ...indented(fresh, 4)];
}

function sqlLines(sql: string): string[] {
  const all = lines(printable(sql));
  const more = all.length - mostSqlLines;
  return more > 0 ? [...all.slice(0, mostSqlLines), `… ${more} more lines: --json prints all`] : all;
}

function firstLine(text: string | null): string {
  return lines(printable(text ?? ''))[0] ?? '';
}

function lines(text: string): string[] {
  return text.split('\n');
}

function indented(all: readonly string[], by = 2): string[] {
  return all.map((line) => `${' '.repeat(by)}${line}`.trimEnd());
}
