import { patience } from '@tributary/contract/client/patience';
import type { RunCode } from '@tributary/contract/nouns/code';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { type Labels, labelNames } from '@tributary/contract/nouns/label';

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

/** The process of a run, and the code that it executes. */
interface Held {
  readonly pid: number | undefined;
  readonly pulled: RunCode | null;
}

/** Reports which process and which worker hold a run, and its code, to a server that doesn't store the holder with the claim. */
export async function reportHolder(settings: Settings, run: FlowRun, { pid, pulled }: Held, signal: AbortSignal): Promise<void> {
  await reportPid(settings, run, pid, signal);
  await writeLabels(settings, run, { ...holderLabels(settings), ...codeLabels(run, pulled) }, signal);
}

/**
 * Reports which worker holds a run that has no process yet, to a server that doesn't store the holder with the claim. Without these labels,
 * nobody would know the holder of a run that is cancelled meanwhile.
 */
export function reportHolderOnly(settings: Settings, run: FlowRun, signal: AbortSignal): Promise<void> {
  return writeLabels(settings, run, holderLabels(settings), signal);
}

/** Reports the commit whose code a run executes. Sends nothing for the code of a folder, unless an earlier attempt executed a commit. */
export async function reportCode(settings: Settings, run: FlowRun, pulled: RunCode | null, signal: AbortSignal): Promise<void> {
  const labels = codeLabels(run, pulled);
  if (Object.keys(labels).length > 0) await writeLabels(settings, run, labels, signal);
}

async function writeLabels({ client }: Settings, run: FlowRun, body: Labels, signal: AbortSignal): Promise<void> {
  await client.updateFlowRunLabels({ path: { id: run.id }, body, patience: patience.worker, signal });
}

function holderLabels({ name, boot }: Settings): Labels {
  return { [labelNames.worker]: name, [labelNames.boot]: boot };
}

/** Labels can't be removed from a run. Those of an earlier attempt that executed a commit become empty. */
function codeLabels({ labels }: FlowRun, pulled: RunCode | null): Labels {
  if (!pulled && !labels?.[labelNames.codeCommit]) return {};
  const { repository, commit, tree } = pulled ?? { repository: '', commit: '', tree: '' };
  return { [labelNames.codeRepository]: repository, [labelNames.codeCommit]: commit, [labelNames.codeTree]: tree };
}
