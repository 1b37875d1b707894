import { TributaryError } from '@tributary/contract/error';
import type { JsonObject } from '@tributary/contract/json';

import { type DeploymentDefinition, deploymentBrand } from '../../run/deployment-definition.ts';
import { flowOf } from '../../run/flow-definition.ts';
import type { Flow } from '../flow.ts';
import { checkOptions } from '../options/check-options.ts';
import { checkJson, checkParameters } from './check-parameters.ts';
import { type ConcurrencyLimitOptions, readConcurrencyLimit } from './concurrency-limit.ts';
import { type CronOptions, readSchedules, type ScheduleOptions } from './schedules.ts';

/** The options of a deployment. */
export interface DeployOptions<Input> {
  /** the second part of the deployment's full name, `flow/deployment`; it can't contain / % & > < */
  readonly name: string;
  readonly flow: Flow<Input, unknown>;
  /** parameters of the deployment's runs; a run's own parameters override them, one by one */
  readonly parameters?: Partial<Input>;
  /** one cron expression such as `0 6 * * *`, or several, each with a timezone of its own if it needs one */
  readonly cron?: string | CronOptions<Input> | readonly (string | CronOptions<Input>)[];
  /** further schedules, by `cron`, `interval` or `rrule` */
  readonly schedules?: readonly ScheduleOptions<Input>[];
  /**
   * the timezone of schedules without one, by its IANA name: `Europe/Vienna`
   * @default UTC
   */
  readonly timezone?: string;
  /**
   * whether the deployment's schedules are paused
   * @default false for a new deployment; an existing one stays paused or active on the server
   */
  readonly paused?: boolean;
  readonly tags?: readonly string[];
  /** @default the flow's description */
  readonly description?: string;
  readonly version?: string;
  /**
   * the work pool of the deployment's runs
   * @default `tributary`
   */
  readonly pool?: string;
  /**
   * the work queue of the deployment's runs
   * @default `default`
   */
  readonly queue?: string;
  /**
   * how many of the deployment's runs may be underway at once, and what happens to a further run
   * @default no limit
   */
  readonly concurrencyLimit?: number | ConcurrencyLimitOptions;
  /** for example, `{ env: { REGION: 'eu' } }` sets environment variables of the deployment's runs */
  readonly jobVariables?: JsonObject;
}

const deployOptions = {
  name: true,
  flow: true,
  parameters: true,
  cron: true,
  schedules: true,
  timezone: true,
  paused: true,
  tags: true,
  description: true,
  version: true,
  pool: true,
  queue: true,
  concurrencyLimit: true,
  jobVariables: true,
} as const satisfies Record<keyof DeployOptions<never>, true>;

/**
 * Defines a deployment of a flow.
 * @throws immediately, with the deployment and the value, when a name, an option, a schedule, a timezone or a parameter is invalid
 * @example
 * export const nightly = deployFactory({ name: 'nightly', flow: load, cron: '0 2 * * *', timezone: 'Europe/Vienna' });
 */
export function deployFactory<Input>(options: DeployOptions<Input>): DeploymentDefinition {
  const { name, flow } = options;
  if (typeof name !== 'string' || !/^[^/%&><]+$/.test(name))
    throw new TributaryError('misuse', `A deployment's name is ${JSON.stringify(name)}: it can't be empty or contain / % & > <.`);
  const definition = flowOf(flow);
  if (!definition) throw new TributaryError('misuse', `The flow of deployment "${name}" isn't a flow: pass what flow({…}, …) returned.`);
  const full = `${definition.name}/${name}`;
  checkOptions(`deployment ${full}`, options, deployOptions);
  for (const option of ['pool', 'queue'] as const)
    if (options[option]?.trim() === '')
      throw new TributaryError('misuse', `The ${option} of deployment ${full} is empty: give it a name, or leave the option out.`);
  const deployment: DeploymentDefinition = {
    [deploymentBrand]: true,
    name,
    flow,
    parameters: checkParameters(`deployment ${full}`, definition, options.parameters ?? {}),
    schedules: readSchedules(full, {
      schedules: [...cronsOf(options.cron), ...(options.schedules ?? [])],
      timezone: options.timezone,
      check: (parameters, owner) => checkParameters(owner, definition, parameters),
    }),
    paused: options.paused ?? null,
    tags: options.tags ?? [],
    description: options.description ?? null,
    version: options.version ?? null,
    pool: options.pool ?? null,
    queue: options.queue ?? null,
    concurrencyLimit: readConcurrencyLimit(full, options.concurrencyLimit),
    jobVariables: checkJson(`deployment ${full}`, 'jobVariables', options.jobVariables ?? {}),
    // Imported here because neither a run nor a process that only reads definitions calls this.
    apply: async (applied) => (await import('../../deploy/apply-from-script.ts')).applyFromScript(deployment, applied),
  };
  return deployment;
}

function cronsOf<Input>(cron: DeployOptions<Input>['cron']): ScheduleOptions<Input>[] {
  const given = cron === undefined ? [] : isList(cron) ? cron : [cron];
  return given.map((one) => (typeof one === 'string' ? { cron: one } : one));
}

function isList<Item extends string | object>(value: Item | readonly Item[]): value is readonly Item[] {
  return Array.isArray(value);
}
