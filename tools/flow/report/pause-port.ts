import { isTributaryError, TributaryError } from '@tributary/contract/error';
import type { OrchestrationResult } from '@tributary/contract/nouns/orchestration';

import type { PausePort } from '../run/pause/pause-port.ts';
import type { Clients, FullClient } from './clients.ts';

/** Creates the port of `pause`, `suspend` and `resumeRun` with a server. */
export function createPausePort(clients: Pick<Clients, 'full'>, states: Pick<PausePort, 'pause' | 'endSuspended'>): PausePort {
  return {
    ...states,
    async readState(id) {
      const client = await clients.full();
      return (await unless(() => client.readFlowRun({ path: { id } }), 'not_found'))?.data.state ?? null;
    },
    async keepInput(id, key, value) {
      const client = await clients.full();
      return (await unless(() => client.createFlowRunInput({ path: { id }, body: { key, value } }), 'conflict')) !== undefined;
    },
    async readInput(id, key) {
      const client = await clients.full();
      return (await unless(() => client.readFlowRunInput({ path: { id, key } }), 'not_found'))?.data;
    },
    async forgetInput(id, key) {
      const client = await clients.full();
      await unless(() => client.deleteFlowRunInput({ path: { id, key } }), 'not_found');
    },
    resume: async (id, input) => resumeFlowRun(await clients.full(), id, input),
  };
}

/**
 * Resumes a paused run.
 * @throws `not_found`; `conflict` if the run isn't paused; `invalid_parameters` if the input doesn't fit; `timeout` if the pause has timed out
 */
export async function resumeFlowRun(client: Pick<FullClient, 'resumeFlowRun'>, id: string, input: object | null): Promise<void> {
  const { data } = await client.resumeFlowRun({ path: { id }, body: { run_input: input === null ? null : { ...input } } });
  if (data.status !== 'ACCEPT') throw refusal(id, data);
}

function refusal(id: string, { status, state, details }: OrchestrationResult): TributaryError {
  const reason = (details.reason ?? 'the server gave no reason').replace(/\.$/, '');
  if (status === 'ABORT' || !state) return new TributaryError('conflict', `Flow run ${id} can't be resumed: ${reason}.`);
  if (state.type === 'FAILED') return new TributaryError('timeout', `Flow run ${id} can't be resumed any more: ${reason}.`);
  return new TributaryError('invalid_parameters', `Flow run ${id} was not resumed: ${reason}.`);
}

async function unless<Result>(call: () => Promise<Result>, code: 'not_found' | 'conflict'): Promise<Result | undefined> {
  try {
    return await call();
  } catch (error) {
    if (isTributaryError(error, code)) return undefined;
    throw error;
  }
}
