import { patience } from '@tributary/contract/client/patience';
import { isTributaryError, messageOf } from '@tributary/contract/error';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import type { Context } from '../context.ts';
import { type HostSource, resolveHost } from '../host/resolve-host.ts';
import { type CodeLocation, locate } from '../pull/locate.ts';
import { pull } from '../pull/pull.ts';
import type { ProposedEnd } from '../report/report-end.ts';
import { jobEnvironment } from './job-environment.ts';

/** What a run needs on this machine. */
export interface Prepared {
  readonly deployment: Deployment;
  readonly code: CodeLocation;
  readonly env: Readonly<Record<string, string>>;
  readonly source: HostSource;
}

/**
 * Reads a run's deployment and finds its code. Called while the run's claim is on the way. Never rejects.
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
    const root = await pull(deployment.pull_steps, settings.root);
    const located = locate(deployment, root);
    located.catch(() => undefined);
    const source = resolveHost(root);
    const env = jobEnvironment(pool().base_job_template, deployment.job_variables, run.job_variables);
    return { deployment, code: await located, env, source };
  } catch (error) {
    if (isTributaryError(error, 'not_found')) return { type: 'CANCELLED', message: "Cancelled: the run's deployment was deleted." };
    return { type: 'CRASHED', message: messageOf(error) };
  }
}
