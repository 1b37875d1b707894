import type { z } from 'zod';

import type { DeploymentRun } from '../../run/children/deployment-call.ts';
import type { CreateFlowRunOptions } from './deployment-options.ts';
import type { DeploymentResults, Deployments } from './deployment-registry.ts';
import type { ExternalDeployment } from './external-deployment.ts';
import type { RunOf } from './typed-run.ts';

/** The type of {@link createFlowRun} for a registry of deployments. */
export interface CreateFlowRun<Registry, Results = DeploymentResults> {
  <Schema extends z.ZodObject>(
    deployment: ExternalDeployment<Schema>,
    options?: CreateFlowRunOptions<z.input<Schema>>,
  ): Promise<DeploymentRun>;
  // This signature comes last because TypeScript explains a wrong call by the last one.
  /**
   * Creates a run of a deployment as a child of this run, and returns immediately, as {@link runDeployment} does with a timeout of 0.
   * @returns the new run, for {@link waitForFlowRun}; when this flow is retried, the run that the equal call of the earlier attempt created
   * @throws `not_found` with the nearest name, `conflict` when the parameters don't fit or the `idempotencyKey` belongs to a run of another
   * deployment, `unreachable` without a server
   * @example
   * const loads = await Promise.all(shops.map((shop) => createFlowRun('load/shop', { parameters: { shop } })));
   * for (const load of loads) await waitForFlowRun(load, { raiseFinalState: true });
   */
  <Name extends keyof Registry & string>(name: Name, options?: CreateFlowRunOptions<Registry[Name]>): Promise<RunOf<Results, Name>>;
  /** Creates a run of a deployment whose name is computed, so that the compiler can't check the name and the parameters. */
  unchecked(name: string, options?: CreateFlowRunOptions<Readonly<Record<string, unknown>>>): Promise<DeploymentRun>;
}

/** Creates a run of a deployment without waiting for its end. */
export const createFlowRun: CreateFlowRun<Deployments> = Object.assign(
  (deployment: string | ExternalDeployment<z.ZodObject>, options: CreateFlowRunOptions<unknown> = {}) => create(deployment, options),
  { unchecked: (name: string, options: CreateFlowRunOptions<Readonly<Record<string, unknown>>> = {}) => create(name, options) },
);

async function create(
  deployment: string | ExternalDeployment<z.ZodObject>,
  options: CreateFlowRunOptions<unknown>,
): Promise<DeploymentRun> {
  // Imported late because most runs call no deployment.
  const { callDeployment } = await import('./call-deployment.ts');
  return callDeployment('createFlowRun', deployment, { ...options, timeout: 0, raiseFinalState: false });
}
