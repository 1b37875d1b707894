import { patience } from '@tributary/contract/client/patience';
import { isTributaryError, messageOf } from '@tributary/contract/error';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import type { Context } from '../context.ts';
import { type HostSource, resolveHost } from '../host/resolve-host.ts';
import { type CodeLocation, locate } from '../pull/locate.ts';
import { type CodeSource, readSteps } from '../pull/read-steps.ts';
import type { ProposedEnd } from '../report/report-end.ts';
import { jobEnvironment } from './job-environment.ts';

/** Where a run's code is on this machine, and the host that executes it. */
export interface Place {
  readonly code: CodeLocation;
  readonly source: HostSource;
}

/** Code of a Git repository. It is taken out of the store, and fetched if need be, once the run is claimed. */
export type GitSource = Extract<CodeSource, { kind: 'git' }>;

/** What a run needs on this machine. */
export interface Prepared<From = Place | GitSource> {
  readonly deployment: Deployment;
  readonly env: Readonly<Record<string, string>>;
  readonly from: From;
}

/**
 * Reads a run's deployment, and finds its code unless that has to be fetched. Called while the run's claim is on the way. Never rejects.
 * @returns the end to propose if the run can't be executed
 */
export async function prepare({ settings, pool, hurry }: Context, run: FlowRun): Promise<Prepared | ProposedEnd> {
  if (!run.deployment_id) return { type: 'CANCELLED', message: 'Cancelled: the run has no deployment, so there is no code to execute.' };
  try {
    const { data: deployment } = await settings.client.readDeployment({
      path: { id: run.deployment_id },
      patience: patience.worker,
      signal: hurry,
    });
    const source = await readSteps(deployment.pull_steps, settings.root);
    const placing = source.kind === 'git' ? source : place(deployment, source);
    const env = jobEnvironment(pool().base_job_template, deployment.job_variables, run.job_variables);
    return { deployment, env, from: await placing };
  } catch (error) {
    if (isTributaryError(error, 'not_found')) return { type: 'CANCELLED', message: "Cancelled: the run's deployment was deleted." };
    return { type: 'CRASHED', message: messageOf(error) };
  }
}

async function place(deployment: Deployment, { root, directory }: { readonly root: string; readonly directory: string }): Promise<Place> {
  const locating = locate(deployment, { root, directory, pulled: null });
  locating.catch(() => undefined);
  const source = resolveHost(root);
  return { code: await locating, source };
}
