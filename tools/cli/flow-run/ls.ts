import { readDeploymentNames, readFlowNames } from '@tributary/contract/client/read-names';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { codeStates } from '@tributary/contract/nouns/code';
import { maximumPage } from '@tributary/contract/nouns/filter';
import { stateNames, stateTypes } from '@tributary/contract/nouns/state';
import { fromMillis, type Timestamp } from '@tributary/contract/time';

import type { Call } from '../command/call.ts';
import { findDeployment } from '../deployment/find.ts';
import { openEngine } from '../engine/open.ts';
import { unusual } from '../name/unusual.ts';
import { dateTime } from '../print/moment.ts';
import { table } from '../print/text.ts';
import { tookOf } from '../watch/line.ts';

export interface LsOptions {
  readonly deployment?: string;
  readonly flowName?: string;
  readonly state?: readonly string[];
  readonly upcoming?: boolean;
  readonly limit: number;
}

export async function ls(call: Call, options: LsOptions): Promise<undefined> {
  const { client } = await openEngine(call, 'read');
  const { deployment, flowName, state = [], upcoming = false, limit } = options;
  const of = {
    ...(deployment === undefined ? {} : { deployments: { id: { any_: [(await findDeployment(client, deployment)).deployment.id] } } }),
    ...(flowName === undefined ? {} : { flows: { name: { any_: [flowName] } } }),
  };
  const now = fromMillis(Date.now());
  const ahead = { expected_start_time: { after_: now }, state: { type: { any_: ['SCHEDULED' as const] } } };
  const wanted = {
    ...of,
    flow_runs: {
      ...(upcoming ? ahead : state.length > 0 ? {} : notAhead(now)),
      ...(state.length > 0 ? { state: stateFilter(state) } : {}),
    },
  };
  const { data: runs } = await client.filterFlowRuns({
    body: { ...wanted, sort: upcoming ? 'EXPECTED_START_TIME_ASC' : 'EXPECTED_START_TIME_DESC', limit },
  });
  const [names, deployments] = await Promise.all([
    readFlowNames(
      client,
      runs.map(({ flow_id }) => flow_id),
    ),
    readDeploymentNames(
      client,
      runs.flatMap(({ deployment_id: id }) => id ?? []),
    ),
  ]);
  const deploymentOf = ({ deployment_id: id }: FlowRun): string | null => (id && deployments.get(id)) ?? null;
  call.out.result(
    runs.map((run) => ({ flow_name: names.get(run.flow_id) ?? null, deployment_name: deploymentOf(run), ...run })),
    () =>
      table(
        ['ID', 'FLOW', 'DEPLOYMENT', 'NAME', 'STATE', 'START', 'TOOK'],
        runs.map((run) => [
          run.id,
          names.get(run.flow_id) ?? '?',
          deploymentOf(run) ?? '-',
          run.name,
          run.state_name ?? '-',
          dateTime(run.start_time ?? run.expected_start_time),
          tookOf(run, now),
        ]),
        `No flow run matches.${unusual('state', state, usualNames)}`,
      ),
  );
  if (runs.length === limit) {
    const { data: all } = await client.countFlowRuns({ body: wanted });
    if (all > limit) call.out.note(cutText(all - limit, all));
  }
  if (upcoming || state.length > 0 || call.json) return;
  const { data: more } = await client.countFlowRuns({ body: { ...of, flow_runs: ahead } });
  if (more > 0) call.out.note(`${more} more ${more === 1 ? 'is' : 'are'} scheduled for later: --upcoming shows them.`);
}

/** Says how many runs a list leaves out, and how to see them. */
function cutText(more: number, all: number): string {
  const how =
    all <= maximumPage
      ? `--limit ${all} lists all.`
      : `--limit ${maximumPage} lists the most that is possible; --deployment, --flow-name and --state narrow the list.`;
  return `${more} more flow ${more === 1 ? 'run matches' : 'runs match'}: ${how}`;
}

/**
 * Leaves out runs that are scheduled for later: schedules create many of them in advance, and they would hide past runs. A run that was
 * cancelled before it was due is listed.
 */
function notAhead(now: Timestamp) {
  return { operator: 'or_' as const, expected_start_time: { before_: now }, state: { type: { not_any_: ['SCHEDULED' as const] } } };
}

const usualNames = [...new Set([...Object.values(stateNames).flat(), ...Object.values(codeStates)])];

/** Filters by type (`FAILED`) or name (`Late`) of the state, in upper or lower case. State names that flows invent must be exact. */
function stateFilter(wanted: readonly string[]): {
  operator: 'or_';
  type?: { any_: (typeof stateTypes)[number][] };
  name?: { any_: string[] };
} {
  const types = stateTypes.filter((type) => wanted.some((text) => text.toUpperCase() === type));
  const names = wanted
    .filter((text) => !types.some((type) => type === text.toUpperCase()))
    .map((text) => usualNames.find((name) => name.toLowerCase() === text.toLowerCase()) ?? text);
  return {
    operator: 'or_',
    ...(types.length > 0 ? { type: { any_: types } } : {}),
    ...(names.length > 0 ? { name: { any_: names } } : {}),
  };
}
