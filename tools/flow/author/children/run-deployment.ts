import { issuesOf, TributaryError } from '@tributary/contract/error';
import { splitDeploymentName } from '@tributary/contract/name';
import { nearest } from '@tributary/contract/nearest';
import type { z } from 'zod';

import { currentContext } from '../../run/context.ts';
import { contextOrLocal } from '../../run/local/local-run.ts';
import { listIssues } from '../../run/failure.ts';
import type { DeploymentRun } from '../../run/children/deployment-call.ts';
import { createDeploymentRun } from '../../run/children/create-deployment-run.ts';
import { heedStop } from '../../run/heed-stop.ts';
import type { Deployments } from './deployment-registry.ts';
import { type Duration, toSeconds } from '../options/duration.ts';
import type { ExternalDeployment } from './external-deployment.ts';
import { type Moment, toTimestamp } from '../options/moment.ts';

/** The options of runDeployment. */
export interface RunDeploymentOptions<Parameters> {
  /** parameters of the run, which override the deployment's, one by one; futures among them are waited for */
  readonly parameters?: Parameters;
  /**
   * How long to wait for the end of the run; 0 returns immediately. After that time the call returns the run as last read, without an error,
   * and the run continues.
   * @default waits until the run has ended
   */
  readonly timeout?: Duration;
  /** tags of the run, besides those of its deployment */
  readonly tags?: readonly string[];
  /**
   * when the run starts
   * @default now
   */
  readonly scheduledTime?: Moment;
  /**
   * Calls with the same key share one run, which keeps its final state.
   * @default derived from this run, the deployment and the options. When a flow or task is retried, an equal call then takes over the run
   * of the earlier call. If that run has failed, it continues.
   */
  readonly idempotencyKey?: string;
  /**
   * True makes the new run a child of this run. With false, the new run isn't linked to this run, and continues when this run is cancelled.
   * @default true
   */
  readonly asSubflow?: boolean;
  /**
   * the run's name
   * @default a generated name
   */
  readonly flowRunName?: string;
  /** job variables of the run, which override the deployment's, one by one */
  readonly jobVariables?: Readonly<Record<string, unknown>>;
  /**
   * how often to read the run's state
   * @default often at first, then less often
   */
  readonly pollInterval?: Duration;
}

/** The type of {@link runDeployment} for a registry of deployments. */
export interface RunDeployment<Registry> {
  <Schema extends z.ZodObject>(
    deployment: ExternalDeployment<Schema>,
    options?: RunDeploymentOptions<z.input<Schema>>,
  ): Promise<DeploymentRun>;
  // This signature comes last because TypeScript explains a wrong call by the last one.
  /**
   * Creates a run of a deployment as a child of this run, and waits until the new run has ended.
   * @returns the run as last read; a failed one is returned too, so look at its `state`
   * @throws `not_found` with the nearest name, `conflict` when the parameters don't fit or the key belongs to a run of another deployment,
   * `unreachable` without a server
   * @example
   * const { state } = await runDeployment('dbt-command-flow/nightly', { parameters: { models: 'orders+' }, timeout: '1h' });
   * if (state.type !== 'COMPLETED') throw new Error(`the build ended as ${state.name}`);
   */
  <Name extends keyof Registry & string>(name: Name, options?: RunDeploymentOptions<Registry[Name]>): Promise<DeploymentRun>;
  /** Creates a run of a deployment whose name is computed, so that the compiler can't check the name and the parameters. */
  unchecked(name: string, options?: RunDeploymentOptions<Readonly<Record<string, unknown>>>): Promise<DeploymentRun>;
}

/** Creates a run of a deployment. */
export const runDeployment: RunDeployment<Deployments> = Object.assign(
  (deployment: string | ExternalDeployment<z.ZodObject>, options: RunDeploymentOptions<unknown> = {}) => fire(deployment, options),
  { unchecked: (name: string, options: RunDeploymentOptions<Readonly<Record<string, unknown>>> = {}) => fire(name, options) },
);

async function fire(deployment: string | ExternalDeployment<z.ZodObject>, options: RunDeploymentOptions<unknown>): Promise<DeploymentRun> {
  const given = typeof deployment === 'string' ? deployment : deployment.name;
  const name = splitDeploymentName(given);
  if (!name)
    throw new TributaryError(
      'misuse',
      `${JSON.stringify(given)} isn't a deployment name: write flow/deployment, such as "export/nightly".`,
    );
  const what = (option: string): string => `${option} of runDeployment("${given}")`;
  const timeout = options.timeout === undefined ? null : toSeconds(options.timeout, what('timeout'));
  const pollInterval = options.pollInterval === undefined ? null : toSeconds(options.pollInterval, what('pollInterval'));
  const scheduledTime = options.scheduledTime === undefined ? null : toTimestamp(options.scheduledTime, what('scheduledTime'));
  const context = contextOrLocal(given);
  heedStop(context);
  const port = context.port.deployments;
  if (!port) throw withoutServer(given);
  const parameters = typeof deployment === 'string' ? { ...asObject(options.parameters) } : check(deployment, options.parameters);
  const found = await port.find(name.flow, name.deployment);
  if (!found) throw unknownDeployment(given, await port.names());
  return createDeploymentRun(
    {
      deploymentId: found.id,
      name: `${name.flow}/${name.deployment}`,
      parameters,
      timeout,
      pollInterval,
      tags: options.tags ?? [],
      scheduledTime,
      idempotencyKey: options.idempotencyKey ?? null,
      asSubflow: (options.asSubflow ?? true) && currentContext() !== undefined,
      flowRunName: options.flowRunName ?? null,
      jobVariables: options.jobVariables ? { ...options.jobVariables } : null,
    },
    port,
    context,
  );
}

function asObject(parameters: unknown): object {
  return typeof parameters === 'object' && parameters !== null ? parameters : {};
}

function check({ name, parameters: schema }: ExternalDeployment<z.ZodObject>, given: unknown): Record<string, unknown> {
  const result = schema.safeParse(given ?? {});
  if (result.success) return { ...asObject(given) };
  const issues = issuesOf(result.error);
  throw new TributaryError('invalid_parameters', `The parameters for deployment ${name} are not valid: ${listIssues(issues)}.`, {
    facts: { issues },
  });
}

function unknownDeployment(name: string, names: readonly string[]): TributaryError {
  const near = nearest(name, names);
  const advice = near ? `Did you mean "${near}"?` : 'Deploy it first: npx nx run-many -t deploy';
  return new TributaryError('not_found', `There is no deployment "${name}". ${advice}`);
}

function withoutServer(name: string): TributaryError {
  return new TributaryError(
    'unreachable',
    `runDeployment("${name}") needs a server, but this flow runs without one. Start one with \`npx tributary dev\` and run the flow there as a deployment. In a test, stub the deployment with withDeployments from @tributary/flow/testing.`,
  );
}
