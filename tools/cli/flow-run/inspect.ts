import { allPages } from '@tributary/contract/client/pages';
import { writeJson } from '@tributary/contract/json';
import { fromMillis } from '@tributary/contract/moment';

import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { dateTime } from '../print/moment.ts';
import { facts, table } from '../print/text.ts';
import { createNames } from '../watch/follow-children.ts';
import { howToResume } from '../watch/how-to-resume.ts';
import { stateText, tookOf } from '../watch/line.ts';
import { findFlowRun } from './find.ts';

export async function inspect(call: Call, wanted: string): Promise<undefined> {
  const { client } = await openEngine(call, 'read');
  const run = await findFlowRun(client, wanted);
  const names = createNames(client);
  const now = fromMillis(Date.now());
  const flow = await names.flow(run.flow_id);
  const deployment = run.deployment_id ? await names.deployment(run.deployment_id).catch(() => 'deleted') : null;
  const tasks = await allPages((page) =>
    client.filterTaskRuns({ body: { task_runs: { flow_run_id: { any_: [run.id] } }, sort: 'EXPECTED_START_TIME_ASC', ...page } }),
  );
  const resume = run.state?.type === 'PAUSED' && !call.json ? await howToResume(client, run) : undefined;
  call.out.result({ flow_name: flow, deployment, ...run, task_runs: tasks }, () =>
    [
      facts([
        ['Flow run', `${flow}/${run.name}`],
        ['Id', run.id],
        ['Deployment', deployment],
        ['State', run.state ? `${stateText(call.out.paint, { type: run.state.type, name: run.state.name })}` : '-'],
        ['Message', run.state?.message],
        ['Resume it', resume],
        ['Due', dateTime(run.expected_start_time)],
        ['Started', dateTime(run.start_time)],
        ['Ended', dateTime(run.end_time)],
        ['Took', tookOf(run, now)],
        ['Attempts', String(run.run_count)],
        ['Parameters', writeJson(run.parameters)],
        ['Tags', run.tags.join(', ')],
        ['Pool and queue', [run.work_pool_name, run.work_queue_name].filter(Boolean).join(' / ')],
        ['Created by', run.created_by?.display_value ?? run.created_by?.type],
      ]),
      '',
      table(
        ['TASK', 'STATE', 'TOOK', 'MESSAGE'],
        tasks.map((task) => [task.name, task.state_name ?? '-', tookOf(task, now), task.state?.message ?? '']),
        'The flow run has no task runs.',
      ),
    ].join('\n'),
  );
}
