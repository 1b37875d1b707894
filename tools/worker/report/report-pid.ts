import { hostname } from 'node:os';

import { patience } from '@tributary/contract/client/patience';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import type { Settings } from '../settings.ts';

/**
 * Reports the machine and the process that execute a run. A run whose process waits for a retry is SCHEDULED. If the server knows no
 * process of such a run, a cancel takes effect immediately, and the worker isn't asked to end the process.
 */
export async function reportPid(settings: Settings, run: FlowRun, pid: number | undefined, signal: AbortSignal): Promise<void> {
  await settings.client.updateFlowRun({
    path: { id: run.id },
    body: { infrastructure_pid: `${hostname()}:${pid ?? ''}` },
    patience: patience.worker,
    signal,
  });
}
