import { stripTypeScriptTypes } from 'node:module';

import { orchestrationResult } from '@tributary/contract/nouns/orchestration';
import { hostCommand } from '@tributary/contract/ticket';

import { nodeTransport } from '../engine/node-transport.ts';

/** Does once, while nobody waits, what is slow the first time: loading the type stripper, compiling the parsers of what will come. */
export function warmUp(): void {
  stripOnce();
  hostCommand.safeParse({ type: 'ticket', ticket: {} });
  orchestrationResult.safeParse({ status: 'ACCEPT', details: { type: '' }, state: { type: 'RUNNING', state_details: {} } });
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
