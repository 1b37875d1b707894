import { stripTypeScriptTypes } from 'node:module';

import { nodeTransport } from '../engine/node-transport.ts';

/** Does, while nobody waits, what is slow the first time. */
export async function warmUp(): Promise<void> {
  stripOnce();
  const { rehearse } = await import('./rehearsal.ts');
  await rehearse();
}

/** Opens the connection that the first request will take. A server that does not answer is the run's affair, not this one's. */
export async function openConnection(url: string): Promise<void> {
  await nodeTransport({ method: 'GET', url: `${url}/health`, headers: {}, timeout: 5000 }).catch(() => undefined);
}

/** Node calls the function experimental on stderr, where a worker would take it for the run's own words. */
function stripOnce(): void {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    stripTypeScriptTypes('const warm: number = 1;');
  } finally {
    process.emitWarning = emitWarning;
  }
}
