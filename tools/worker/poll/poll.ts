import { fromMillis } from '@tributary/contract/moment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import { held } from '../held.ts';
import { can, type Settings } from '../settings.ts';

/** Asks for due runs. A server with long-poll may answer when there is one, at the latest after 20 s. */
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
      // A server that holds the request judges by its own clock what is due meanwhile.
      ...(holds ? {} : { scheduled_before: fromMillis(Date.now()) }),
    },
    ...(holds ? held() : { timeout: 15_000 }),
    patience: 0,
    signal: how.signal,
  });
  return data.map(({ flow_run }) => flow_run);
}
