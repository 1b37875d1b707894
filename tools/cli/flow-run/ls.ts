import { stateTypes } from '@tributary/contract/nouns/state';
import { fromMillis } from '@tributary/contract/time';

import type { Call } from '../command/call.ts';
import { flowNames, findDeployment } from '../deployment/find.ts';
import { openEngine } from '../engine/open.ts';
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
    ...(deployment === undefined ? {} : { deployment_id: { any_: [(await findDeployment(client, deployment)).deployment.id] } }),
    ...(state.length === 0 ? {} : { state: stateFilter(state) }),
  };
  const flows = flowName === undefined ? {} : { flows: { name: { any_: [flowName] } } };
  const now = fromMillis(Date.now());
  // Schedules reach far ahead: what is to come would hide what has happened.
  const when = upcoming ? { expected_start_time: { after_: now } } : state.length > 0 ? {} : { expected_start_time: { before_: now } };
  const { data: runs } = await client.filterFlowRuns({
    body: { ...flows, flow_runs: { ...of, ...when }, sort: upcoming ? 'EXPECTED_START_TIME_ASC' : 'EXPECTED_START_TIME_DESC', limit },
  });
  const names = await flowNames(
    client,
    runs.map(({ flow_id }) => flow_id),
  );
  call.out.result(
    runs.map((run) => ({ flow_name: names.get(run.flow_id) ?? null, ...run })),
    () =>
      table(
        ['ID', 'FLOW', 'NAME', 'STATE', 'START', 'TOOK'],
        runs.map((run) => [
          run.id,
          names.get(run.flow_id) ?? '?',
          run.name,
          run.state_name ?? '-',
          dateTime(run.start_time ?? run.expected_start_time),
          tookOf(run, now),
        ]),
        'There is no such flow run.',
      ),
  );
  if (upcoming || state.length > 0 || call.json) return;
  const { data: ahead } = await client.countFlowRuns({
    body: { ...flows, flow_runs: { ...of, expected_start_time: { after_: now }, state: { type: { any_: ['SCHEDULED'] } } } },
  });
  if (ahead > 0) call.out.note(`${ahead} more ${ahead === 1 ? 'is' : 'are'} scheduled for later: --upcoming shows them.`);
}

/** States by type (`FAILED`) or by name (`Late`), whatever the case. */
function stateFilter(wanted: readonly string[]): {
  operator: 'or_';
  type?: { any_: (typeof stateTypes)[number][] };
  name?: { any_: string[] };
} {
  const types = stateTypes.filter((type) => wanted.some((text) => text.toUpperCase() === type));
  const names = wanted.filter((text) => !types.some((type) => type === text.toUpperCase()));
  return {
    operator: 'or_',
    ...(types.length > 0 ? { type: { any_: types } } : {}),
    ...(names.length > 0 ? { name: { any_: names } } : {}),
  };
}
