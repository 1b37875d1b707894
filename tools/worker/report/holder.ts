import { patience } from '@tributary/contract/client/patience';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { labelNames } from '@tributary/contract/nouns/label';

import { can, type Settings } from '../settings.ts';
import { reportPid } from './report-pid.ts';

/** The worker that holds a run, and the worker's process. */
export interface Holder {
  readonly name: string;
  /** the id of the worker's process */
  readonly boot: string | undefined;
}

/** Workers of earlier versions write `life` instead of `process`. They may serve the same pool. */
const message = /^Claimed by worker "(.*)" \((?:process|life) ([0-9a-f-]{36})\)\.$/;

/**
 * The message of a claim on a server without fencing. It names the holder, because labels can only be written after the claim, and the worker
 * may die in between. A server with claims stores the holder itself.
 */
export function claimMessage(settings: Pick<Settings, 'api' | 'name' | 'boot'>): { readonly message?: string } {
  return can(settings, 'claim') ? {} : { message: `Claimed by worker "${settings.name}" (process ${settings.boot}).` };
}

/**
 * Reads which worker holds a run. A claim's message takes precedence over the labels: an earlier holder may have written them.
 * @returns undefined if the run names no Tributary worker
 */
export function holderOf({ state, labels }: Pick<FlowRun, 'state' | 'labels'>): Holder | undefined {
  const [, name, boot] = (state?.type === 'PENDING' && message.exec(state.message ?? '')) || [];
  if (name !== undefined) return { name, boot };
  const worker = labels?.[labelNames.worker];
  const label = labels?.[labelNames.boot];
  return worker === undefined ? undefined : { name: String(worker), boot: label === undefined ? undefined : String(label) };
}

/** Reports which process and which worker hold a run, to a server that doesn't store the holder with the claim. */
export async function reportHolder(settings: Settings, run: FlowRun, pid: number | undefined, signal: AbortSignal): Promise<void> {
  await reportPid(settings, run, pid, signal);
  const body = { [labelNames.worker]: settings.name, [labelNames.boot]: settings.boot };
  await settings.client.updateFlowRunLabels({ path: { id: run.id }, body, patience: patience.worker, signal });
}
