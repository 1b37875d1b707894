import { issuesOf, TributaryError } from '@tributary/contract/error';
import type { JsonObject } from '@tributary/contract/json';
import type { z } from 'zod';

import { listIssues } from '../run/failure.ts';
import { whyNotJson } from '../run/json-value.ts';
import { unknownKeys } from '../run/unknown-keys.ts';
import { type DeploymentDefinition, deploymentBrand, type FlowDefinition, flowOf } from './definition.ts';
import type { Flow } from './flow.ts';
import { nearest } from './nearest.ts';
import { checkSchedule, type Schedule } from './schedule.ts';

export interface DeployOptions<Input> {
  /** without / % & > < */
  readonly name: string;
  readonly flow: Flow<Input, unknown>;
  /** what its runs start with; a run's own parameters go over them */
  readonly parameters?: Partial<Input>;
  /** `0 6 * * *`, or several, each with a timezone of its own if need be */
  readonly cron?: string | CronOptions | readonly (string | CronOptions)[];
  /** of every cron that names none: `Europe/Vienna`; UTC unless told */
  readonly timezone?: string;
  /** left out, a deployment stays as people paused or resumed it */
  readonly paused?: boolean;
  readonly tags?: readonly string[];
  /** the flow's unless told */
  readonly description?: string;
  readonly version?: string;
  /** `tributary` unless told */
  readonly pool?: string;
  /** `default` unless told */
  readonly queue?: string;
  /** how many of its runs may be underway at once */
  readonly concurrencyLimit?: number;
  readonly jobVariables?: JsonObject;
}

export interface CronOptions {
  readonly cron: string;
  readonly timezone?: string;
}

/** Says how a flow is deployed. @throws at once, naming deployment and value, when a name, cron, timezone or parameter is not valid */
export function deployFactory<Input>(options: DeployOptions<Input>): DeploymentDefinition {
  const { name, flow, concurrencyLimit = null } = options;
  if (typeof name !== 'string' || !/^[^/%&><]+$/.test(name))
    throw new TributaryError('misuse', `A deployment's name is ${JSON.stringify(name)}: it may not be empty, nor contain / % & > <.`);
  const definition = flowOf(flow);
  if (!definition) throw new TributaryError('misuse', `The flow of deployment "${name}" is no flow: give what flow({…}, …) returned.`);
  const full = `${definition.name}/${name}`;
  if (concurrencyLimit !== null && (!Number.isInteger(concurrencyLimit) || concurrencyLimit < 1))
    throw new TributaryError('misuse', `The concurrencyLimit of deployment ${full} is ${concurrencyLimit}: give a whole number above 0.`);
  for (const option of ['pool', 'queue'] as const)
    if (options[option]?.trim() === '')
      throw new TributaryError('misuse', `The ${option} of deployment ${full} is empty: leave it out, or name one.`);
  const deployment: DeploymentDefinition = {
    [deploymentBrand]: true,
    name,
    flow,
    parameters: checkParameters(full, definition, options.parameters ?? {}),
    schedules: schedulesOf(full, options),
    paused: options.paused ?? null,
    tags: options.tags ?? [],
    description: options.description ?? null,
    version: options.version ?? null,
    pool: options.pool ?? null,
    queue: options.queue ?? null,
    concurrencyLimit,
    jobVariables: checkJson(full, 'jobVariables', options.jobVariables ?? {}),
    // Loaded when it is called: whoever only reads definitions, or runs a flow, has no use for it.
    apply: async (applied) => (await import('../deploy/apply-from-script.ts')).applyFromScript(deployment, applied),
  };
  return deployment;
}

function schedulesOf(deployment: string, options: Pick<DeployOptions<never>, 'cron' | 'timezone'>): Schedule[] {
  const given: readonly (string | CronOptions)[] = options.cron === undefined ? [] : isList(options.cron) ? options.cron : [options.cron];
  const schedules = given.map((one) => {
    const { cron, timezone } = typeof one === 'string' ? { cron: one } : one;
    return checkSchedule(deployment, { cron, timezone: timezone ?? options.timezone ?? null });
  });
  if (options.timezone !== undefined && given.length === 0) checkSchedule(deployment, { cron: '0 0 * * *', timezone: options.timezone });
  return schedules;
}

function isList(value: DeployOptions<never>['cron']): value is readonly (string | CronOptions)[] {
  return Array.isArray(value);
}

/** What is given must fit; what is missing comes with a run. */
function checkParameters(deployment: string, { name, parameters: schema }: FlowDefinition, given: object): JsonObject {
  const [unknown] = schema ? unknownKeys(schema, given) : Object.keys(given).map((key) => ({ path: [], key, known: [] }));
  if (unknown) {
    const { path, key, known } = unknown;
    const near = nearest(key, known);
    throw new TributaryError(
      'invalid_parameters',
      `Deployment ${deployment} sets the parameter "${[...path, key].join('.')}", which flow "${name}" does not take.${near ? ` Did you mean "${[...path, near].join('.')}"?` : ''}`,
    );
  }
  const wrong = issuesOf({ issues: issuesWith(schema, given).filter(({ path }) => String(path[0]) in given) });
  if (wrong.length > 0)
    throw new TributaryError('invalid_parameters', `Deployment ${deployment} sets parameters that are not valid: ${listIssues(wrong)}.`, {
      facts: { issues: wrong },
    });
  return checkJson(deployment, 'parameters', { ...given });
}

function issuesWith(schema: FlowDefinition['parameters'], given: object): readonly z.core.$ZodIssue[] {
  try {
    return schema?.safeParse(given).error?.issues ?? [];
  } catch {
    // A check that is asynchronous has to wait for a run.
    return [];
  }
}

function checkJson(deployment: string, option: string, value: JsonObject): JsonObject {
  const reason = whyNotJson(value, option);
  if (reason) throw new TributaryError('invalid_parameters', `Deployment ${deployment} can't be written as JSON: ${reason}.`);
  return value;
}
