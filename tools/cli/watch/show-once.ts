import { logLevels } from '@tributary/contract/nouns/log';
import { endedBadly } from '@tributary/contract/nouns/state';

import type { WatchEvent } from './event.ts';

/** A shorter reason isn't worth a reference, and may be in a text by chance. In characters. */
const shortestReason = 12;
/** the most reasons that are looked for in a line */
const mostReasons = 12;

/**
 * Where the reasons of a run's failure are shown: by its child runs, its tasks, its log, its state. A text is compared with those of the
 * sources before its own only, so that two tasks may fail with the same message, and a flow may log the same error twice.
 */
const sources = ['children', 'task', 'log', 'state'] as const;
type Source = (typeof sources)[number];
type Reasons = Readonly<Record<Source, Set<string>>>;

/**
 * Makes a function that shortens the events of failures: the text of a failure is shown in full where it happened. The lines that follow
 * it, of the run and of its ancestors, only say what failed because of it.
 * @param parentOf the run that created a run; undefined if that one isn't watched
 * @returns the event to show; undefined if all of its text was shown before
 */
export function showOnce(parentOf: (id: string) => string | undefined): (event: WatchEvent) => WatchEvent | undefined {
  const runs = new Map<string, Reasons>();
  const shownOf = (id: string): Reasons => {
    const reasons = runs.get(id) ?? { children: new Set(), task: new Set(), log: new Set(), state: new Set() };
    runs.set(id, reasons);
    return reasons;
  };
  const shorten = (id: string, source: Source, text: string, shown = text): string => {
    const before = sources.slice(0, sources.indexOf(source)).map((each) => shownOf(id)[each]);
    const fresh = withoutShown(text, (reason) => before.some((reasons) => reasons.has(reason)));
    const reasons = shown.split('\n').flatMap(reasonsOf);
    for (const reason of reasons) shownOf(id)[source].add(reason);
    for (let parent = parentOf(id); parent !== undefined; parent = parentOf(parent))
      for (const reason of reasons) shownOf(parent).children.add(reason);
    return fresh;
  };
  return (event) => {
    if (event.kind === 'state') {
      const { state, run } = event;
      // Another attempt may fail for the same reason, which is shown again.
      if (state.type === 'RUNNING') runs.delete(run.id);
      if (!endedBadly(state.type) || !state.message) return event;
      // Only the first line of a state's message is shown.
      return { ...event, state: { ...state, message: shorten(run.id, 'state', state.message, state.message.split('\n')[0]) } };
    }
    if (event.kind === 'task') {
      const { state, task } = event;
      if (state.type !== 'FAILED' || !state.message || !task.flow_run_id) return event;
      return { ...event, state: { ...state, message: shorten(task.flow_run_id, 'task', state.message) } };
    }
    if (event.kind !== 'log' || event.log.level < logLevels.error || !event.log.flow_run_id) return event;
    const message = shorten(event.log.flow_run_id, 'log', event.log.message);
    return message.trim() ? { ...event, log: { ...event.log, message } } : undefined;
  };
}

/** Leaves out the lines of a text that were shown, and the reasons at the ends of its other lines. */
function withoutShown(text: string, isShown: (reason: string) => boolean): string {
  const lines = text.split('\n');
  const fresh = lines.map((line) => freshPart(line, isShown));
  if (fresh.every((line, index) => line === lines[index])) return text;
  return fresh.filter((line) => line.trim()).join('\n');
}

function freshPart(line: string, isShown: (reason: string) => boolean): string {
  if (isShown(line.trim())) return '';
  const { text, where } = splitPlace(line);
  const reason = reasonsOf(text).find((each) => each !== text.trim() && isShown(each));
  return reason === undefined ? line : `${text.slice(0, text.length - reason.length).replace(/: $/, '')}${where}`;
}

/** `A failed: B failed: no such table` has the reasons `B failed: no such table` and `no such table`, and is one itself. */
function reasonsOf(line: string): string[] {
  const text = splitPlace(line).text.trim();
  const starts = [...text.matchAll(/: /g)].slice(0, mostReasons).map(({ index }) => index + 2);
  return [text, ...starts.map((start) => text.slice(start)).filter(({ length }) => length >= shortestReason)];
}

/** The log of a flow's failure ends with the place in its code: `… failed: no such table (flows/api.ts:12:9)`. */
function splitPlace(line: string): { readonly text: string; readonly where: string } {
  const where = / \(\S+:\d+:\d+\)$/.exec(line)?.[0] ?? '';
  return { text: line.slice(0, line.length - where.length).trimEnd(), where };
}
