import { issuesOf, TributaryError } from '@tributary/contract/error';
import { splitDeploymentName } from '@tributary/contract/name';
import { nearest } from '@tributary/contract/nearest';
import type { z } from 'zod';

import { createDeploymentRun } from '../../run/children/create-deployment-run.ts';
import type { DeploymentCall, DeploymentRun } from '../../run/children/deployment-call.ts';
import { currentContext } from '../../run/context.ts';
import { listIssues } from '../../run/failure.ts';
import type { DeploymentPort } from '../../run/engine-port.ts';
import { heedStop } from '../../run/heed-stop.ts';
import { contextOrLocal } from '../../run/local/local-run.ts';
import { toSeconds } from '../options/duration.ts';
import { toTimestamp } from '../options/moment.ts';
import type { RunDeploymentOptions, WaitOptions } from './deployment-options.ts';
import type { ExternalDeployment } from './external-deployment.ts';

/** Checks the options of runDeployment or createFlowRun, finds the deployment, and creates the run. @param by the author's call */
export async function callDeployment(
  by: DeploymentCall['by'],
  deployment: string | ExternalDeployment<z.ZodObject>,
  options: RunDeploymentOptions<unknown>,
): Promise<DeploymentRun> {
  const given = typeof deployment === 'string' ? deployment : deployment.name;
  const name = splitDeploymentName(given);
  if (!name)
    throw new TributaryError(
      'misuse',
      `${JSON.stringify(given)} isn't a deployment name: write flow/deployment, such as "export/nightly".`,
    );
  const call = `${by}("${given}")`;
  const wait = readWait(options, call);
  const scheduledTime = options.scheduledTime === undefined ? null : toTimestamp(options.scheduledTime, `scheduledTime of ${call}`);
  const context = contextOrLocal(given);
  heedStop(context);
  const port = context.port.deployments;
  if (!port) throw withoutServer(call);
  const asSubflow = (options.asSubflow ?? true) && currentContext() !== undefined;
  const onParentEnd = readParentEnd(options, call, asSubflow, port);
  const parameters = typeof deployment === 'string' ? { ...asObject(options.parameters) } : check(deployment, options.parameters);
  const found = await port.find(name.flow, name.deployment);
  if (!found) throw unknownDeployment(given, await port.names());
  return createDeploymentRun(
    {
      by,
      deploymentId: found.id,
      name: `${name.flow}/${name.deployment}`,
      parameters,
      ...wait,
      tags: options.tags ?? [],
      scheduledTime,
      idempotencyKey: options.idempotencyKey ?? null,
      asSubflow,
      flowRunName: options.flowRunName ?? null,
      jobVariables: options.jobVariables ? { ...options.jobVariables } : null,
      queue: options.queue ?? null,
      raiseFinalState: options.raiseFinalState ?? false,
      onParentEnd,
    },
    port,
    context,
  );
}

/**
 * Reads how long and how often a call waits, in seconds.
 * @param call the author's call, as messages name it
 * @throws `misuse` if a value isn't a duration
 */
export function readWait(options: WaitOptions, call: string): Pick<DeploymentCall, 'timeout' | 'pollInterval'> {
  const read = (option: 'timeout' | 'pollInterval'): number | null => {
    const given = options[option];
    return given === undefined ? null : toSeconds(given, `${option} of ${call}`);
  };
  return { timeout: read('timeout'), pollInterval: read('pollInterval') };
}

/** @throws `misuse` if the option can't have an effect, `unsupported` if the server can't let a child of a cancelled run continue */
function readParentEnd(
  { onParentEnd, asSubflow }: RunDeploymentOptions<unknown>,
  call: string,
  isChild: boolean,
  { endsChildren }: DeploymentPort,
): DeploymentCall['onParentEnd'] {
  if (onParentEnd === 'cancel' && asSubflow === false)
    throw new TributaryError('misuse', `onParentEnd of ${call} has no effect with asSubflow: false. Leave one of the two out.`);
  if (onParentEnd === 'leave' && isChild && !endsChildren)
    throw new TributaryError(
      'unsupported',
      `onParentEnd of ${call} can't be "leave" here: a Prefect server cancels all children of a cancelled run. Use asSubflow: false instead, which creates a run that isn't a child.`,
    );
  return isChild ? (onParentEnd ?? null) : null;
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

/** @param call the author's call, as the message names it */
export function withoutServer(call: string): TributaryError {
  return new TributaryError(
    'unreachable',
    `${call} needs a server, but this flow runs without one. Start one with \`npx tributary dev\` and run the flow there as a deployment. In a test, stub the deployment with withDeployments from @tributary/flow/testing.`,
  );
}
