import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { table } from '../print/text.ts';
import { listDeployments } from './find.ts';
import { schedulesText } from './schedule-text.ts';

export interface LsOptions {
  readonly flowName?: string;
}

export async function ls(call: Call, { flowName }: LsOptions): Promise<undefined> {
  const { client } = await openEngine(call, 'read');
  const all = await listDeployments(client, flowName);
  call.out.result(
    all.map(({ deployment, fullName }) => ({ full_name: fullName, ...deployment })),
    () =>
      table(
        ['DEPLOYMENT', 'SCHEDULE', 'POOL', 'QUEUE', 'TAGS'],
        all.map(({ deployment, fullName }) => [
          fullName,
          schedulesText(deployment),
          deployment.work_pool_name ?? '-',
          deployment.work_queue_name ?? '-',
          deployment.tags.join(', '),
        ]),
        `There are no deployments${flowName ? ` of flow "${flowName}"` : ''}. To deploy all integrations: npx nx run-many -t deploy`,
      ),
  );
}
