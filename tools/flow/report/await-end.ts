import { longPoll } from '@tributary/contract/client/long-poll';
import type { FlowRunId } from '@tributary/contract/id';
import { type FlowRun, hasEnded } from '@tributary/contract/nouns/flow-run';
import { wait } from '@tributary/contract/wait';

import type { FullClient } from './clients.ts';

/** The shortest time between two requests, in seconds. A server that is about to stop answers at once. */
const shortest = 1;

/**
 * Asks the server to answer as soon as a run has ended.
 * @param seconds how long to wait; the server may answer earlier
 * @returns the run as last read
 * @throws `not_found` if the run is deleted, the signal's reason once it is aborted
 */
export async function awaitEnd(client: FullClient, id: FlowRunId, seconds: number, signal: AbortSignal): Promise<FlowRun> {
  const began = performance.now();
  const { data } = await client.awaitFlowRunEnd({ path: { id }, ...longPoll(seconds), signal });
  if (!hasEnded(data)) await wait(Math.min(seconds, shortest) - (performance.now() - began) / 1000, signal);
  return data;
}
