import { setTimeout as sleep } from 'node:timers/promises';

import { TributaryError } from '@tributary/contract/error';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { logLevels } from '@tributary/contract/nouns/log';
import { fromMillis, secondsBetween, toMicros } from '@tributary/contract/time';

import type { ApiClient } from '../engine/open.ts';
import type { Watched, WatchEvent } from './event.ts';
import { createNames, followChildren } from './follow-children.ts';
import { followLogs } from './follow-logs.ts';
import { followStates } from './follow-states.ts';
import { followTasks } from './follow-tasks.ts';
import { howToResume } from './how-to-resume.ts';
import { lineOf } from './line.ts';
import { type Paint, plain } from '../print/paint.ts';
import { isOverdue, whyWaiting } from './why-waiting.ts';

export interface WatchOptions {
  readonly client: ApiClient;
  readonly id: string;
  /** takes each line, without its line end */
  readonly print: (line: string) => void;
  /** also watch the child runs, and theirs, until they have ended; true unless told */
  readonly children?: boolean;
  /** milliseconds between two looks; 250 unless told */
  readonly interval?: number;
  /** stops watching: the promise rejects with the signal's reason, and the runs go on */
  readonly signal?: AbortSignal;
  readonly paint?: Paint;
  /** whether an event is printed; all are unless told */
  readonly shows?: (event: WatchEvent) => boolean;
}

/** Logs and task runs of an ended run may still be on their way for so many milliseconds. */
const trailing = 2000;
/** milliseconds between two looks at a run that is not due yet */
const restful = 2000;

/**
 * Prints what happens to a flow run until it has ended: its states, tasks and logs (from information on), and the same of its child runs, which may outlive
 * it. What happened before is printed first.
 * @returns the run as it ended, then the child runs in the order of their creation
 * @throws `not_found` when there is no such run, or when it was deleted meanwhile
 */
export async function watchFlowRun(options: WatchOptions): Promise<FlowRun[]> {
  const { client, id, print, children = true, interval = 250, signal, paint = plain, shows = () => true } = options;
  const names = createNames(client);
  const follow = {
    states: followStates(client),
    tasks: followTasks(client),
    // What a flow says for debugging is in its logs, not in the way.
    logs: followLogs(client, logLevels.info),
    children: followChildren(client),
  };
  const watched = new Map<string, Watched>();
  const asked = new Set<string>();
  const add = async (run: FlowRun): Promise<Watched> => {
    const one: Watched = { run, label: `${await names.flow(run.flow_id)}/${run.name}`, endedAt: undefined };
    watched.set(run.id, one);
    return one;
  };
  const { data: named } = await client.readFlowRun({ path: { id } });
  await add(named);

  for (let quiet = 0; ;) {
    signal?.throwIfAborted();
    const now = performance.now();
    const open = [...watched.values()].filter(({ endedAt }) => endedAt === undefined || now - endedAt < trailing);
    const events = await follow.states(open, now);
    const begun = open.filter(({ run }) => run.run_count > 0);
    for (const { child, parent } of begun.length > 0 ? await follow.children(begun) : []) {
      const one = children ? await add(child) : { label: `${await names.flow(child.flow_id)}/${child.name}` };
      const deployment = child.deployment_id ? await names.deployment(child.deployment_id) : null;
      events.push({ kind: 'child', at: child.created, label: parent.label, child: one.label, deployment });
    }
    if (begun.length > 0) events.push(...(await follow.tasks(begun)));
    const allEnded = [...watched.values()].every(({ endedAt }) => endedAt !== undefined);
    for (const log of await follow.logs(
      open.map(({ run }) => run.id),
      allEnded,
    )) {
      const label = log.flow_run_id ? watched.get(log.flow_run_id)?.label : undefined;
      if (label) events.push({ kind: 'log', at: log.timestamp, label, log });
    }
    for (const event of events.toSorted((a, b) => toMicros(a.at) - toMicros(b.at))) {
      if (shows(event)) print(lineOf(event, paint));
    }
    // One look that brings nothing, after the last end, says that nothing trails.
    quiet = allEnded && events.length === 0 ? quiet + 1 : 0;
    if (quiet > 0) break;
    for (const { run, label } of open) {
      if (run.state?.type === 'PAUSED' && !asked.has(run.state.id)) {
        asked.add(run.state.id);
        print(`${' '.repeat(10)}${label} waits to be resumed: ${await howToResume(client, run)}`);
      }
      if (asked.has(run.id) || !isOverdue(run, fromMillis(Date.now()))) continue;
      asked.add(run.id);
      const why = await whyWaiting(client, run);
      if (why) print(`${' '.repeat(10)}${label} is waiting. ${why}`);
    }
    await sleep(isResting([...watched.values()]) ? Math.max(restful, interval) : interval, undefined, signal ? { signal } : {});
  }
  const ended = await Promise.all([...watched.keys()].map((each) => readEnded(client, each)));
  return ended;
}

/** What has not ended has not begun either, and its start is well ahead. */
function isResting(watched: readonly Watched[]): boolean {
  const now = fromMillis(Date.now());
  const open = watched.filter(({ endedAt }) => endedAt === undefined);
  return (
    open.length > 0 &&
    open.every(({ run }) => {
      const due = run.next_scheduled_start_time;
      return run.state_type === 'SCHEDULED' && due !== undefined && due !== null && secondsBetween(now, due) > 10;
    })
  );
}

async function readEnded(client: ApiClient, id: string): Promise<FlowRun> {
  const { data } = await client.readFlowRun({ path: { id } });
  if (data.state_type) return data;
  throw new TributaryError('not_found', `Flow run ${id} has no state any more.`);
}
