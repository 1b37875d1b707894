import { stripTypeScriptTypes } from 'node:module';

import { nodeTransport } from '../engine/node-transport.ts';

/** Runs code that is slow the first time, before this host gets a run. */
export async function warmUp(): Promise<void> {
  stripOnce();
  const { rehearse } = await import('./rehearsal.ts');
  await rehearse();
}

/** Loads the code that runs need to call deployments. Loading it takes a third of the time that a host takes to start. */
export async function loadForCalls(): Promise<void> {
  await import('@tributary/contract/routes');
  await import('../author/children/call-deployment.ts');
}

/** Opens the connection that the first request will use. An unreachable server is ignored here; the run reports it. */
export async function openConnection(url: string): Promise<void> {
  await nodeTransport({ method: 'GET', url: `${url}/health`, headers: {}, timeout: 5000 }).catch(() => undefined);
}

/** Uses the type stripper once. Node warns that the stripper is experimental. The warning is suppressed, because a worker logs a host's stderr. */
function stripOnce(): void {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    stripTypeScriptTypes('const warm: number = 1;');
  } finally {
    process.emitWarning = emitWarning;
  }
}
