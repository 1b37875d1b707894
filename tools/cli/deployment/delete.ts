import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { findDeployment } from './find.ts';

export async function remove(call: Call, name: string): Promise<undefined> {
  const { client } = await openEngine(call, 'write');
  const { deployment, fullName } = await findDeployment(client, name);
  await client.deleteDeployment({ path: { id: deployment.id } });
  call.out.result(
    { id: deployment.id, full_name: fullName, deleted: true },
    () => `Deleted ${fullName} with its schedules and the runs that had not started.`,
  );
}
