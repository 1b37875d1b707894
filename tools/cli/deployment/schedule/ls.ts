import { writeJson } from '@tributary/contract/json';
import { scheduleText } from '@tributary/contract/schedule-text';

import type { Call } from '../../command/call.ts';
import { openEngine } from '../../engine/open.ts';
import { table } from '../../print/text.ts';
import { findDeployment } from '../find.ts';

export async function ls(call: Call, name: string): Promise<undefined> {
  const { client } = await openEngine(call, 'read');
  const { deployment, fullName } = await findDeployment(client, name);
  const { paused } = deployment;
  call.out.result(deployment.schedules, () =>
    table(
      ['SLUG', 'SCHEDULE', 'ACTIVE', 'PARAMETERS', 'ID'],
      deployment.schedules.map(({ slug, schedule, active, parameters, id }) => [
        slug ?? '-',
        scheduleText(schedule),
        paused ? 'no: the deployment is paused' : active ? 'yes' : 'no',
        Object.keys(parameters).length > 0 ? writeJson(parameters) : '-',
        id,
      ]),
      `${fullName} has no schedules.`,
    ),
  );
}
