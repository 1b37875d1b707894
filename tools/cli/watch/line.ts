import { logLevels } from '@tributary/contract/nouns/log';
import { type CarriedStateType, isTerminal, type State } from '@tributary/contract/nouns/state';
import { secondsBetween, type Timestamp } from '@tributary/contract/time';

import { clock, lasting } from '../print/moment.ts';
import type { Paint } from '../print/paint.ts';
import { printable } from '../print/text.ts';
import type { WatchEvent } from './event.ts';

/** The colour of each type of state. An unknown type has no colour. */
const colours = new Map<CarriedStateType, Parameters<Paint>[0]>([
  ['SCHEDULED', 'yellow'],
  ['PENDING', 'yellow'],
  ['RUNNING', 'blue'],
  ['COMPLETED', 'green'],
  ['FAILED', 'red'],
  ['CRASHED', 'red'],
  ['CANCELLED', 'magenta'],
  ['CANCELLING', 'magenta'],
  ['PAUSED', 'yellow'],
]);

const marks = new Map<CarriedStateType, string>([
  ['COMPLETED', '✓'],
  ['FAILED', '✗'],
  ['CRASHED', '✗'],
  // It didn't fail: its flow was cancelled, or dbt skipped it.
  ['CANCELLED', '–'],
]);

function inColour(paint: Paint, type: CarriedStateType, text: string): string {
  const colour = colours.get(type);
  return colour ? paint(colour, text) : text;
}

/** Prints a state's name in the colour of its type. */
export function stateText(paint: Paint, state: { readonly type: CarriedStateType; readonly name: string }): string {
  return inColour(paint, state.type, state.name);
}

/** Prints an event: `12:00:01  export/happy-otter  Running`. */
export function lineOf(event: WatchEvent, paint: Paint): string {
  const head = `${paint('dim', clock(event.at))}  ${event.label}`;
  switch (event.kind) {
    case 'state': {
      const { run, state } = event;
      const ended = isTerminal(state.type) && run.state_id === state.id;
      // The run's log has the whole message, and so have those of the parents that failed because of the run.
      const message = isTerminal(state.type) ? firstLine(note(state.message)) : note(state.message);
      return indent(head, [stateText(paint, state), ended && run.start_time ? lasting(durationOf(run)) : '', message]);
    }
    case 'task': {
      const { task, state } = event;
      // A task that never ran, such as one that dbt skipped, has no length.
      const took = isTerminal(state.type) && task.start_time !== task.end_time ? lasting(durationOf(task)) : '';
      // The tick already says that the task is Completed.
      const named = state.name === 'Completed' ? '' : stateText(paint, state);
      return indent(head, [
        `${inColour(paint, state.type, marks.get(state.type) ?? '○')} ${printable(task.name)}`,
        named,
        took,
        // Before it is retried, the log says why, and when it is tried again.
        state.name === 'AwaitingRetry' ? '' : note(state.message),
      ]);
    }
    case 'log': {
      const level = levelName(event.log.level);
      return indent(head, [
        `${paint('dim', '|')} ${level ? `${paint(event.log.level >= logLevels.error ? 'red' : 'yellow', level)} ` : ''}${printable(event.log.message)}`,
      ]);
    }
    case 'child':
      return indent(head, [`→ child run${event.deployment ? ` of ${event.deployment}` : ''} created: ${paint('bold', event.child)}`]);
  }
}

/** Joins the parts that aren't empty. Further lines of a message are indented. */
function indent(head: string, parts: readonly string[]): string {
  return [head, ...parts.filter(Boolean)]
    .join('  ')
    .trimEnd()
    .replaceAll('\n', `\n${' '.repeat(10)}`);
}

function note(message: string | null | undefined): string {
  return message ? printable(message).trim() : '';
}

/** The first line of a text, with a sign if there are more. */
export function firstLine(text: string): string {
  const end = text.indexOf('\n');
  return end < 0 ? text : `${text.slice(0, end)} …`;
}

interface Timed {
  readonly total_run_time: number;
  readonly start_time?: Timestamp | null | undefined;
  readonly end_time?: Timestamp | null | undefined;
}

/** A run's duration in seconds. Some servers set `total_run_time` later than the start and the end time. */
function durationOf({ total_run_time, start_time, end_time }: Timed): number {
  if (total_run_time > 0 || !start_time || !end_time) return total_run_time;
  return Math.max(0, secondsBetween(start_time, end_time));
}

/** Prints how long a run took, or how long it has run so far. Waits don't count. A run that has not started gets a dash. */
export function tookOf(run: Timed & { readonly state?: State | null | undefined }, now: Timestamp): string {
  if (!run.start_time) return '-';
  if (run.end_time) return lasting(durationOf(run));
  if (run.state?.type === 'RUNNING') return lasting(run.total_run_time + Math.max(0, secondsBetween(run.state.timestamp, now)));
  return run.total_run_time > 0 ? lasting(run.total_run_time) : '-';
}

/** The name of a level; empty for info. */
function levelName(level: number): string {
  if (level >= logLevels.critical) return 'CRITICAL';
  if (level >= logLevels.error) return 'ERROR';
  if (level >= logLevels.warning) return 'WARNING';
  return level < logLevels.info ? 'DEBUG' : '';
}
