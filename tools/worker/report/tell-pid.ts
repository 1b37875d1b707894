import { hostname } from 'node:os';

import { patience } from '@tributary/contract/client/patience';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import type { Settings } from '../settings.ts';

/** Tells where the run executes: a run with a process is cancelled by way of its worker. */
export async function tellPid(settings: Settings, run: FlowRun, pid: number | undefined, signal: AbortSignal): Promise<void> {
  await settings.client.updateFlowRun({
    path: { id: run.id },
    body: { infrastructure_pid: `${hostname()}:${pid ?? ''}` },
    patience: patience.worker,
    signal,
  });
}
