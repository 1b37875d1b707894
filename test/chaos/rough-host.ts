import { createClient, type Transport } from '@tributary/contract/client';
import type { FlowRunId } from '@tributary/contract/id';
import { headers } from '@tributary/contract/routes/route';
import { routes } from '@tributary/contract/routes';

import { type FlowLike, flowOf } from '../../tools/flow/run/flow-definition.ts';
import { nodeTransport } from '../../tools/flow/engine/node-transport.ts';
import { createClients } from '../../tools/flow/report/clients.ts';
import { createServerPort } from '../../tools/flow/report/server-port.ts';
import { runFlow } from '../../tools/flow/run/run-flow.ts';

/** How often a host's requests fail, and when the host is killed. */
export interface Roughness {
  readonly random: () => number;
  /** the probability that a request, or its answer, gets lost */
  readonly loss: number;
  /** the number of requests after which the process is killed; null if it isn't killed */
  readonly diesAfter: number | null;
}

/**
 * Executes one attempt of a run, as a worker and its host do: claims the run, and executes the flow in this process. The flow's requests
 * and their answers may get lost, and the flow may be killed between any two requests.
 * @returns true if the attempt ended; false if it was killed, which leaves the run in its current state
 */
export async function attempt(url: string, id: FlowRunId, flow: FlowLike, how: Roughness): Promise<boolean> {
  const definition = flowOf(flow);
  if (!definition) throw new Error('The argument "flow" was not created by flow().');
  const claimed = await createClient(routes, { url, patience: 30, transport: nodeTransport }).setFlowRunState({
    path: { id },
    body: { state: { type: 'PENDING' } },
  });
  if (claimed.data.status !== 'ACCEPT') throw new Error(`The server refused the claim: ${claimed.data.details.reason}`);
  const killed = Promise.withResolvers<false>();
  const stop = new AbortController();
  let requests = 0;
  const transport: Transport = async (request) => {
    requests += 1;
    const mine = requests;
    if (how.diesAfter !== null && mine > how.diesAfter) return new Promise(() => undefined);
    const luck = how.random();
    try {
      if (luck < how.loss / 2) throw new Error('the request got lost');
      const answer = await nodeTransport(request);
      if (luck < how.loss) throw new Error('the answer got lost');
      return answer;
    } finally {
      if (how.diesAfter === mine) killed.resolve(false);
    }
  };
  const clients = createClients({ url, transport });
  const claim = claimed.headers[headers.claim] ?? null;
  const claimedStateId = claimed.data.state?.id;
  if (!claimedStateId) throw new Error('The server accepted the claim, but sent no state.');
  const run = (await createClient(routes, { url, patience: 30, transport: nodeTransport }).readFlowRun({ path: { id } })).data;
  const port = createServerPort({
    clients,
    signal: stop.signal,
    root: { id, attempt: run.run_count + 1, claim, claimedStateId, lease: null },
    features: ['claim'],
  });
  const work = runFlow(definition, run.parameters, port, {
    flowRunId: id,
    flowRunName: run.name,
    deployment: null,
    scheduledStartTime: port.clock(),
    tags: [],
    cwd: process.cwd(),
    dataDir: process.cwd(),
    code: null,
  });
  const outcome = await Promise.race([work.then(() => port.flush()).then(() => true), killed.promise]);
  // A dead process does nothing more, so its requests are dropped from here on.
  if (!outcome) stop.abort(new Error('killed'));
  work.catch(() => undefined);
  return outcome;
}
