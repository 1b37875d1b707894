import { longPoll } from '@tributary/contract/client/long-poll';
import { fromMillis } from '@tributary/contract/moment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import { can, type Settings } from '../settings.ts';

/**
 * Asks for runs that are due. A server with long-poll answers as soon as a run is due, at the latest after 20 s.
 * @param how.mayHold whether the server may hold the request
 */
export async function poll(
  settings: Settings,
  how: { readonly limit: number; readonly mayHold: boolean; readonly signal: AbortSignal },
): Promise<FlowRun[]> {
  const { client, pool, queues } = settings;
  const holds = how.mayHold && can(settings, 'long-poll');
  const { data } = await client.getScheduledFlowRuns({
    path: { pool },
    body: {
      limit: Math.min(200, how.limit),
      ...(queues.length > 0 ? { work_queue_names: [...queues] } : {}),
      // While a server holds the request, it decides by its own clock which runs become due.
      ...(holds ? {} : { scheduled_before: fromMillis(Date.now()) }),
    },
    ...(holds ? longPoll() : { timeout: 15_000 }),
    patience: 0,
    signal: how.signal,
  });
  return data.map(({ flow_run }) => flow_run);
}
