import type { TaskRunId } from '@tributary/contract/id';

import type { StandInCreate } from '../run/engine-port.ts';
import type { FullClient } from './clients.ts';

/** Creates the task run that stands for a child run in its parent's graph. The server copies the child's states to this task run. */
export async function createStandIn(client: FullClient, standIn: StandInCreate): Promise<TaskRunId> {
  const { data } = await client.createTaskRun({
    body: { ...standIn, tags: [...standIn.tags], state: { type: 'PENDING' } },
  });
  return data.id;
}
