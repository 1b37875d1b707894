import { setTimeout as sleep } from 'node:timers/promises';

import { TributaryError } from '@tributary/contract/error';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { logLevels } from '@tributary/contract/nouns/log';
import { endedBadly } from '@tributary/contract/nouns/state';
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
import { showOnce } from './show-once.ts';
import { followWaits } from './why-waiting.ts';

export interface WatchOptions {
  readonly client: ApiClient;
  readonly id: string;
  /** what the server announced beyond Prefect's protocol @default nothing */
  readonly features?: readonly string[];
  /** gets each line, without a line break */
  readonly print: (line: string) => void;
  /** whether to watch child runs, and their children, until they have ended @default true */
  readonly children?: boolean;
  /** milliseconds between two polls @default 250 */
  readonly interval?: number;
  /** stops watching: the promise rejects with the signal's reason, and the runs continue */
  readonly signal?: AbortSignal;
  readonly paint?: Paint;
  /** whether to print an event @default every event is printed */
  readonly shows?: (event: WatchEvent) => boolean;
}

/** For how many milliseconds after a run's end its logs and task runs may still arrive. */
const trailing = 2000;
/** Milliseconds between two polls of a run that isn't due yet. */
const restful = 2000;

/**
 * Prints the states, tasks and logs (of level info and above) of a flow run and its child runs until all of them have ended. Events from
 * before the call are printed first.
 * @returns the ended run, then its child runs in the order of their creation
 * @throws `not_found` if the run doesn't exist, or if it is deleted while it is watched
 */
export async function watchFlowRun(options: WatchOptions): Promise<FlowRun[]> {
  const { client, id, features = [], print, children = true, interval = 250, signal, paint = plain, shows = () => true } = options;
  const names = createNames(client);
  const follow = {
    states: followStates(client),
    tasks: followTasks(client),
    // A watcher doesn't show debug lines. `flow-run logs` prints them.
    logs: followLogs(client, logLevels.info),
    children: followChildren(client),
    waits: followWaits(client, features),
  };
  const watched = new Map<string, Watched>();
  const asked = new Set<string>();
  const shorten = showOnce((each) => watched.get(each)?.parent?.run.id);
  const add = async (run: FlowRun, parent?: Watched): Promise<Watched> => {
    const one: Watched = { run, label: `${await names.flow(run.flow_id)}/${run.name}`, parent, endedAt: undefined };
    watched.set(run.id, one);
    return one;
  };
  const { data: named } = await client.readFlowRun({ path: { id } });
  await add(named);

  for (let quiet = 0; ;) {
    signal?.throwIfAborted();
    const now = performance.now();
    // A run that ended badly may be retried by its parent.
    const open = [...watched.values()].filter(
      ({ run, endedAt }) => endedAt === undefined || now - endedAt < trailing || endedBadly(run.state_type),
    );
    const events: WatchEvent[] = [];
    // Reads new children in the same poll, so that what happened before the call is printed in the order of its moments.
    for (let level = open; level.length > 0;) {
      events.push(...(await follow.states(level, now)));
      const parents = level.filter(({ run }) => run.run_count > 0);
      level = [];
      for (const { child, parent } of parents.length > 0 ? await follow.children(parents) : []) {
        const one = children ? await add(child, parent) : undefined;
        if (one) level.push(one);
        const label = one?.label ?? `${await names.flow(child.flow_id)}/${child.name}`;
        const deployment = child.deployment_id ? await names.deployment(child.deployment_id) : null;
        events.push({ kind: 'child', at: child.created, label: parent.label, child: label, deployment });
      }
      open.push(...level);
    }
    const begun = open.filter(({ run }) => run.run_count > 0);
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
      const shown = shows(event) ? shorten(event) : undefined;
      if (shown) print(lineOf(shown, paint));
    }
    // If all runs have ended and this poll found no events, nothing else will arrive.
    quiet = allEnded && events.length === 0 ? quiet + 1 : 0;
    if (quiet > 0) break;
    for (const { run, label } of open) {
      if (run.state?.type === 'PAUSED' && !asked.has(run.state.id)) {
        asked.add(run.state.id);
        print(`${' '.repeat(10)}${label} waits to be resumed: ${await howToResume(client, run)}`);
      }
    }
    for (const line of await follow.waits(open, fromMillis(Date.now()))) print(`${' '.repeat(10)}${line}`);
    await sleep(isResting([...watched.values()]) ? Math.max(restful, interval) : interval, undefined, signal ? { signal } : {});
  }
  const ended = await Promise.all([...watched.keys()].map((each) => readEnded(client, each)));
  return ended;
}

/** Whether polls may be rare: each run that hasn't ended is scheduled, and due in more than 10 s. */
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
  throw new TributaryError('not_found', `Flow run ${id} no longer has a state.`);
}
