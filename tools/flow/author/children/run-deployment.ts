import { issuesOf, TributaryError } from '@tributary/contract/error';
import { splitDeploymentName } from '@tributary/contract/name';

import type { z } from 'zod';

import { currentContext } from '../../run/context.ts';
import { contextOrLocal } from '../../run/local/local-run.ts';
import { listIssues } from '../../run/failure.ts';
import type { DeploymentRun } from '../../run/children/deployment-call.ts';
import { createDeploymentRun } from '../../run/children/create-deployment-run.ts';
import { heedStop } from '../../run/heed-stop.ts';
import type { Deployments } from './deployments.ts';
import { type Duration, toSeconds } from '../options/duration.ts';
import type { ExternalDeployment } from './external-deployment.ts';
import { nearest } from '@tributary/contract/nearest';
import { type Moment, toTimestamp } from '../options/moment.ts';

export interface RunDeploymentOptions<Parameters> {
  /** over the deployment's own; futures are waited for */
  readonly parameters?: Parameters;
  /** how long to wait for its end: 0 returns at once, none waits for ever. Then the run as last read is returned: no error, no cancel. */
  readonly timeout?: Duration;
  readonly tags?: readonly string[];
  /** when it is to start; now unless told */
  readonly scheduledTime?: Moment;
  /**
   * Calls with the same key are one run, which is left as it ended.
   * @default made of this run, the deployment and what is asked for: a retry takes over what an equal call created, and a run that failed goes on
   */
  readonly idempotencyKey?: string;
  /** false: the run stands alone, and lives on when this one is cancelled */
  readonly asSubflow?: boolean;
  readonly flowRunName?: string;
  readonly jobVariables?: Readonly<Record<string, unknown>>;
  /** how often to look; short at first, then longer, unless told */
  readonly pollInterval?: Duration;
}

/** Types runDeployment for a registry of deployments. */
export interface RunDeployment<Registry> {
  <Schema extends z.ZodObject>(
    deployment: ExternalDeployment<Schema>,
    options?: RunDeploymentOptions<z.input<Schema>>,
  ): Promise<DeploymentRun>;
  // Last: of several signatures, TypeScript explains a mistake by the last.
  /**
   * Creates a run of a deployment, linked to this one as its child, and waits for its end unless `timeout` says otherwise.
   * A run that failed is returned like any other: look at its `state`.
   * @throws `not_found` with the nearest name, `conflict` when parameters do not fit or the key is another deployment's, `unreachable` without a server
   */
  <Name extends keyof Registry & string>(name: Name, options?: RunDeploymentOptions<Registry[Name]>): Promise<DeploymentRun>;
  /** The same for a name that is computed, and so can't be checked before it runs. */
  unchecked(name: string, options?: RunDeploymentOptions<Readonly<Record<string, unknown>>>): Promise<DeploymentRun>;
}

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
      `${JSON.stringify(given)} is no deployment's name: write flow/deployment, such as "export/nightly".`,
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
    `runDeployment("${name}") needs a server, and this flow runs without one. Start one with: npx tributary dev, and run the flow there as a deployment. In a test, stand in for it with withDeployments from @tributary/flow/testing.`,
  );
}
