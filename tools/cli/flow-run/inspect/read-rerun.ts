import type { Ancestor } from '@tributary/contract/client/read-ancestors';
import { unlessMissing } from '@tributary/contract/client/refusal';
import { checkoutsOf, nameOfCheckout } from '@tributary/contract/nouns/checkout';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { isCancelledByFailure, labelNames } from '@tributary/contract/nouns/label';
import { endedBadly } from '@tributary/contract/nouns/state';

import type { Opened } from '../../engine/open.ts';
import { dateTime } from '../../print/moment.ts';
import type { createNames } from '../../watch/follow-children.ts';
import { bondOf } from './bond.ts';
import { chooseRerun, type Rerun, type RerunFacts } from './choose-rerun.ts';
import { codeOf } from './code.ts';
import type { Failure } from './find-failure.ts';
import { findSource } from './find-source.ts';

type Names = ReturnType<typeof createNames>;
interface Link {
  readonly run: FlowRun;
  /** the state of the task run that stands for the run in its parent */
  readonly standIn: FlowRun['state_type'];
}

/**
 * Reads what the choice of the command to rerun depends on, and chooses it.
 * @param run the run that the user named
 * @param failure the failure in the run's tree; undefined if nothing failed
 * @param logs the last errors in the log of the flow run in which the failure began
 * @param ancestors of the run, its parent first
 * @returns null if nothing failed, and the run wasn't cancelled
 */
export async function readRerun(
  { client, engine }: Opened,
  names: Names,
  {
    run,
    failure,
    logs,
    ancestors,
  }: {
    readonly run: FlowRun;
    readonly failure: Failure | undefined;
    readonly logs: readonly string[];
    readonly ancestors: readonly Ancestor[];
  },
): Promise<Rerun | null> {
  if (!failure && !endedBadly(run.state_type)) return null;
  const below = (failure?.chain ?? []).filter((row) => row.kind === 'flow-run' && row.id !== run.id).toReversed();
  const descendants = await Promise.all(below.map(({ id }) => unlessMissing(client.readFlowRun({ path: { id } }))));
  const all: Link[] = [
    ...descendants.flatMap((found) => (found ? [{ run: found, standIn: found.state_type }] : [])),
    ...[run, ...ancestors.map((ancestor) => ancestor.run)].map((each, index) => ({
      run: each,
      standIn: ancestors[index]?.standIn.state_type,
    })),
  ];
  const deployments = await Promise.all(all.map((link) => readDeployment({ client, engine }, link.run)));
  const facts = await Promise.all(all.map(({ run: each }, index) => readFacts(engine, names, each, deployments[index], all[index - 1])));
  const [first, ...others] = facts;
  if (!first) return null;
  const began = failure?.chain.at(-1);
  const source = began ? findSource(began.message, logs, deployments[0]?.path ?? null) : null;
  const labels = all[0]?.run.labels;
  return chooseRerun({
    runs: [first, ...others],
    message: began?.message ?? run.state?.message ?? null,
    isChildRefused: isRefusedChild(began),
    mistake: source && { ...source, isFetched: codeOf(labels) !== null, checkouts: checkoutsOf(labels).map(nameOfCheckout) },
  });
}

/** Only the stand-in for a child run has such a key. It is a row of its own if the child was never created. */
function isRefusedChild(began: Failure['chain'][number] | undefined): boolean {
  return began?.kind === 'task-run' && began.task_key.startsWith('prefect.deployments.flow_runs.run_deployment');
}

async function readDeployment({ client }: Opened, { deployment_id: id }: FlowRun): Promise<Deployment | undefined> {
  return id ? unlessMissing(client.readDeployment({ path: { id } })) : undefined;
}

async function readFacts(
  engine: Opened['engine'],
  names: Names,
  run: FlowRun,
  deployment: Deployment | undefined,
  child: Link | undefined,
): Promise<RerunFacts> {
  const flow = await names.flow(run.flow_id);
  const wasDeployed = Boolean(run.deployment_id) || run.labels?.['prefect.deployment.id'] !== undefined;
  return {
    id: run.id,
    label: `${flow}/${run.name}`,
    state_type: run.state_type ?? null,
    state_name: run.state_name ?? null,
    deployment: deployment
      ? { name: `${flow}/${deployment.name}`, changed: changedSince(deployment, run, engine.features.length > 0) }
      : wasDeployed
        ? 'deleted'
        : 'none',
    pool: poolOf(run, deployment, engine.features.length > 0),
    parameters: run.parameters,
    bond: child ? bondOf(ending(run), ending(child.run), child.standIn ?? null) : null,
  };
}

/** A retry on our server gives a run whose pool was deleted the pool that its deployment has now. */
function poolOf(run: FlowRun, deployment: Deployment | undefined, isOurs: boolean): RerunFacts['pool'] {
  if (run.work_pool_name || !run.deployment_id || (isOurs && deployment?.work_pool_name)) return 'exists';
  return isOurs ? 'deleted' : 'lost';
}

/** The end of a run as the rule wants it. */
function ending({ id, state_type, end_time, state, labels }: FlowRun) {
  const endsWithParent = isCancelledByFailure(labels);
  return { id, state_type: state_type ?? null, end_time: end_time ?? null, message: state?.message ?? null, endsWithParent };
}

/**
 * When a deployment's code was changed since a run began. A run has the labels that its deployment had then. If one of them lacks the hash of
 * its code, any change counts. A Prefect server also updates deployments whose workers poll, so only the commit counts there.
 * @returns null if it wasn't changed
 */
function changedSince({ updated, labels }: Deployment, run: FlowRun, isOurs: boolean): string | null {
  const isKnown = (name: string): boolean => labels?.[name] !== undefined && run.labels?.[name] !== undefined;
  const isOther = (name: string): boolean => isKnown(name) && labels?.[name] !== run.labels?.[name];
  const isLater = isOurs && updated > (run.start_time ?? run.created);
  const hasOtherCode = isKnown(labelNames.closure) ? isOther(labelNames.closure) : isOther(labelNames.commit) || isLater;
  return hasOtherCode ? dateTime(updated) : null;
}
