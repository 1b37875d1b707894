import { readAncestors } from '@tributary/contract/client/read-ancestors';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { TreeFlowRun, TreeRow } from '@tributary/contract/nouns/flow-run-tree';
import { labelNames } from '@tributary/contract/nouns/label';

import type { Opened } from '../../engine/open.ts';
import { createNames } from '../../watch/follow-children.ts';
import { howToResume } from '../../watch/how-to-resume.ts';
import type { Rerun } from './choose-rerun.ts';
import { codeOf, type ShownCode } from './code.ts';
import { type Failure, findFailure } from './find-failure.ts';
import { type Cancel, readCancel } from './read-cancel.ts';
import { readRerun } from './read-rerun.ts';
import { readWaits } from './read-waits.ts';
import { readWhy, type Why } from './read-why.ts';
import { byStart } from './row.ts';

/** What is known about a run. */
export interface RunFacts {
  readonly run: FlowRun;
  /** the name of its flow */
  readonly flow: string;
  /** null if the run has none */
  readonly deployment: string | null;
  /** null if it has none or Prefect's worker ran it */
  readonly worker: string | null;
  /** null if its code wasn't fetched from a Git repository */
  readonly code: ShownCode | null;
  /** what its flow returned; null if nothing, or if Python stored the result elsewhere */
  readonly result: unknown;
  readonly parent: { readonly run: FlowRun; readonly flow: string } | null;
  /** in the order of their starts */
  readonly children: readonly TreeFlowRun[];
  readonly tasks: readonly Exclude<TreeRow, TreeFlowRun>[];
  readonly cancel: Cancel | null;
  /** what the run, or the descendants that it waits for, wait for */
  readonly waits: readonly string[];
  /** the command that resumes the run; null if it isn't paused */
  readonly resume: string | null;
  /** what failed in the run's tree, and why */
  readonly failure: { readonly found: Failure; readonly why: Why } | null;
  /** null if nothing failed, and the run wasn't cancelled */
  readonly rerun: Rerun | null;
}

/** Reads what is known about a run. @param rows the run's tree */
export async function readFacts(opened: Opened, run: FlowRun, rows: readonly TreeRow[]): Promise<RunFacts> {
  const { client } = opened;
  const names = createNames(client);
  const [flow, deployment, ancestors] = await Promise.all([
    names.flow(run.flow_id),
    run.deployment_id ? names.deployment(run.deployment_id).catch(() => 'deleted') : null,
    readAncestors(client, run),
  ]);
  const found = findFailure(rows);
  const why = found && (await readWhyOf(opened, found));
  const logs = why?.logs.map(({ message }) => message) ?? [];
  const [parent] = ancestors;
  const [parentFlow, rerun, cancel, waits, resume] = await Promise.all([
    parent ? names.flow(parent.run.flow_id) : '',
    readRerun(opened, names, { run, failure: found, logs, ancestors }),
    readCancel(client, run, ancestors),
    readWaits(opened, run, rows),
    run.state?.type === 'PAUSED' ? howToResume(client, run) : null,
  ]);
  return {
    run,
    flow,
    deployment,
    worker: workerOf(run),
    code: codeOf(run.labels),
    result: resultOf(run),
    parent: parent ? { run: parent.run, flow: parentFlow } : null,
    children: rows
      .filter((row) => row.kind === 'flow-run')
      .filter((row) => row.parent_flow_run_id === run.id)
      .toSorted(byStart),
    tasks: rows.filter((row) => row.kind !== 'flow-run').filter((row) => row.flow_run_id === run.id),
    cancel,
    waits,
    resume,
    failure: found && why ? { found, why } : null,
    rerun,
  };
}

async function readWhyOf({ client }: Opened, { chain }: Failure): Promise<Why> {
  const where = chain.findLast((row) => row.kind === 'flow-run') ?? chain[0];
  return readWhy(client, chain.at(-1) ?? chain[0], where.id);
}

function workerOf({ labels }: FlowRun): string | null {
  const worker = labels?.[labelNames.worker];
  return worker === undefined ? null : String(worker);
}

function resultOf({ state }: FlowRun): unknown {
  const data = state?.data;
  return typeof data === 'object' && data !== null && 'value' in data ? data.value : null;
}
