// A stand-in for a run host. The process of a real host costs 0.15 s of CPU. The stand-in starts within 20 ms, and does in this process
// what the run's parameters say.
//
//   vi.mock('../../tools/worker/host/run-host.ts', async () => ({ startHost: (await import('../support/host-stand-in.ts')).startHost }));
import { setTimeout as sleep } from 'node:timers/promises';

import type { FlowRunId } from '@tributary/contract';
import { createClient } from '@tributary/contract/client';
import { routes } from '@tributary/contract/routes';
import { headers } from '@tributary/contract/routes/route';
import { newestTicketVersion, type Ticket } from '@tributary/contract/ticket';
import { z } from 'zod';

import type { RunHost } from '../../tools/worker/host/run-host.ts';

/** The parameters of a run: what its stand-in does, and after how many milliseconds. */
export const standInParameters = z.object({ do: z.enum(['complete', 'fail', 'crash', 'die']), milliseconds: z.number() });

/** The ids of the executed runs, with one entry for each execution. */
export const executed: FlowRunId[] = [];

type Ending = Awaited<RunHost['ended']>;
type Listener = Parameters<RunHost['listen']>[0];

export function startHost(): RunHost {
  const { promise: ended, resolve } = Promise.withResolvers<Ending>();
  let alive = true;
  let listener: Listener | undefined;
  const end = (how: Partial<Ending>): void => {
    alive = false;
    resolve({ code: null, signal: null, lastLines: [], ...how });
  };
  return {
    pid: undefined,
    ready: sleep(Math.random() * 20, newestTicketVersion),
    ended,
    isReady: () => false,
    isAlive: () => alive,
    listen: (next) => void (listener = next),
    send(command) {
      if (command.type !== 'ticket') return;
      execute(command.ticket, (state) => listener?.report({ type: 'done', state })).then(end, () => end({ code: 1 }));
    },
    signal: (name) => end({ signal: name }),
  };
}

/** Does what the run's parameters say. @returns how the stand-in's process ends */
async function execute(ticket: Ticket, done: (state: 'COMPLETED' | 'FAILED') => void): Promise<Partial<Ending>> {
  const client = createClient(routes, { url: ticket.api.url, patience: 60 });
  const act = standInParameters.parse(ticket.parameters);
  const propose = async (type: 'RUNNING' | 'COMPLETED' | 'FAILED'): Promise<boolean> => {
    const { data } = await client.setFlowRunState({
      path: { id: ticket.flowRunId },
      body: { state: { type, state_details: { transition_id: crypto.randomUUID() } } },
      headers: ticket.claim === null ? {} : { [headers.claim]: ticket.claim },
    });
    return data.status === 'ACCEPT';
  };
  if (!(await propose('RUNNING'))) return { code: 1 };
  executed.push(ticket.flowRunId);
  await sleep(act.milliseconds);
  if (act.do === 'crash') return { code: 7 };
  if (act.do === 'die') return { signal: 'SIGKILL' };
  const state = act.do === 'fail' ? 'FAILED' : 'COMPLETED';
  await propose(state);
  done(state);
  return { code: 0 };
}
