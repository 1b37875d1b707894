import type { z } from 'zod';

import type { DeploymentRun } from '../../run/children/deployment-call.ts';
import type { RunDeploymentOptions } from './deployment-options.ts';
import type { DeploymentResults, Deployments } from './deployment-registry.ts';
import type { ExternalDeployment } from './external-deployment.ts';
import type { RunOf } from './typed-run.ts';

/** The type of {@link runDeployment} for a registry of deployments. */
export interface RunDeployment<Registry, Results = DeploymentResults> {
  <Schema extends z.ZodObject>(
    deployment: ExternalDeployment<Schema>,
    options?: RunDeploymentOptions<z.input<Schema>>,
  ): Promise<DeploymentRun>;
  // This signature comes last because TypeScript explains a wrong call by the last one.
  /**
   * Creates a run of a deployment as a child of this run, and waits until the new run has ended.
   * @returns the run as last read, with its `state`. A failed run is returned too, unless `raiseFinalState` is true. `resultOf` gives what
   * its flow returned.
   * @throws `not_found` with the nearest name, `conflict` when the parameters don't fit or the `idempotencyKey` belongs to a run of another
   * deployment, `unreachable` without a server, `flow_failed` when the run ended badly and `raiseFinalState` is true
   * @example
   * await runDeployment('dbt-command-flow/nightly', { parameters: { models: 'orders+' }, raiseFinalState: true });
   */
  <Name extends keyof Registry & string>(name: Name, options?: RunDeploymentOptions<Registry[Name]>): Promise<RunOf<Results, Name>>;
  /** Creates a run of a deployment whose name is computed, so that the compiler can't check the name and the parameters. */
  unchecked(name: string, options?: RunDeploymentOptions<Readonly<Record<string, unknown>>>): Promise<DeploymentRun>;
}

/** Creates a run of a deployment. */
export const runDeployment: RunDeployment<Deployments> = Object.assign(
  (deployment: string | ExternalDeployment<z.ZodObject>, options: RunDeploymentOptions<unknown> = {}) => call(deployment, options),
  { unchecked: (name: string, options: RunDeploymentOptions<Readonly<Record<string, unknown>>> = {}) => call(name, options) },
);

async function call(deployment: string | ExternalDeployment<z.ZodObject>, options: RunDeploymentOptions<unknown>): Promise<DeploymentRun> {
  // Imported late because most runs call no deployment.
  const { callDeployment } = await import('./call-deployment.ts');
  return callDeployment('runDeployment', deployment, options);
}
