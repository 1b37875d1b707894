import type { TaskRunId } from '@tributary/contract/id';

import type { StandInCreate } from '../run/engine-port.ts';
import type { FullClient } from './clients.ts';

/** The task run that stands for a child run in its parent's graph; the server mirrors the child's states onto it. */
export async function createStandIn(client: FullClient, standIn: StandInCreate): Promise<TaskRunId> {
  const { data } = await client.createTaskRun({
    body: { ...standIn, tags: [...standIn.tags], state: { type: 'PENDING' } },
  });
  return data.id;
}
