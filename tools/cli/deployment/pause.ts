import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { findDeployment } from './find.ts';

/** Pauses or resumes a deployment's schedules. */
export async function setPaused(call: Call, name: string, paused: boolean): Promise<undefined> {
  const { client } = await openEngine(call, 'write');
  const { deployment, fullName } = await findDeployment(client, name);
  const path = { id: deployment.id };
  await (paused ? client.pauseDeployment({ path }) : client.resumeDeployment({ path }));
  call.out.result({ id: deployment.id, full_name: fullName, paused }, () =>
    paused
      ? `Paused ${fullName}: its schedules don't create runs until you call "tributary deployment resume ${fullName}".`
      : `Resumed ${fullName}.`,
  );
}
