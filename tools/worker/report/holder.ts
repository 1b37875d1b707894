import { patience } from '@tributary/contract/client/patience';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { labelNames } from '@tributary/contract/nouns/label';

import { can, type Settings } from '../settings.ts';
import { tellPid } from './tell-pid.ts';

/** Which life of which worker has a run. */
export interface Holder {
  readonly name: string;
  readonly boot: string | undefined;
}

const message = /^Claimed by worker "(.*)" \(life ([0-9a-f-]{36})\)\.$/;

/**
 * What a claim says of its holder where the server has no fencing: the labels can only be written after it, and a worker may die in
 * between. Elsewhere the server notes it.
 */
export function claimMessage(settings: Pick<Settings, 'api' | 'name' | 'boot'>): { readonly message?: string } {
  return can(settings, 'claim') ? {} : { message: `Claimed by worker "${settings.name}" (life ${settings.boot}).` };
}

/** Who has a run; undefined when none of our workers has. A claim is newer than the labels, which an earlier holder may have written. */
export function holderOf({ state, labels }: Pick<FlowRun, 'state' | 'labels'>): Holder | undefined {
  const [, name, boot] = (state?.type === 'PENDING' && message.exec(state.message ?? '')) || [];
  if (name !== undefined) return { name, boot };
  const worker = labels?.[labelNames.worker];
  const life = labels?.[labelNames.boot];
  return worker === undefined ? undefined : { name: String(worker), boot: life === undefined ? undefined : String(life) };
}

/** Tells who has a run, where the server did not note it with the claim: the process, and the worker by the run's labels. */
export async function introduce(settings: Settings, run: FlowRun, pid: number | undefined, signal: AbortSignal): Promise<void> {
  await tellPid(settings, run, pid, signal);
  const body = { [labelNames.worker]: settings.name, [labelNames.boot]: settings.boot };
  await settings.client.updateFlowRunLabels({ path: { id: run.id }, body, patience: patience.worker, signal });
}
