import { hostname } from 'node:os';

import { patience } from '@tributary/contract/client/patience';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import type { Settings } from '../settings.ts';

/** Reports the machine and the process that execute a run. Without them the server cancels a run without asking its worker. */
export async function reportPid(settings: Settings, run: FlowRun, pid: number | undefined, signal: AbortSignal): Promise<void> {
  await settings.client.updateFlowRun({
    path: { id: run.id },
    body: { infrastructure_pid: `${hostname()}:${pid ?? ''}` },
    patience: patience.worker,
    signal,
  });
}
