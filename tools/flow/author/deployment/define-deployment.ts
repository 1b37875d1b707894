import { TributaryError } from '@tributary/contract/error';

import { type DeploymentDefinition, deploymentBrand } from '../../run/deployment-definition.ts';
import { flowOf } from '../../run/flow-definition.ts';
import { checkOptions } from '../options/check-options.ts';
import { checkInputs } from './check-inputs.ts';
import { checkKeepLive } from './check-keep-live.ts';
import { checkJson, checkParameters } from './check-parameters.ts';
import { readConcurrencyLimit } from './concurrency-limit.ts';
import type { DeployOptions } from './deploy-options.ts';
import { readSchedules, type ScheduleOptions } from './schedules.ts';

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
  inputs: true,
  keepLive: true,
  protect: true,
} as const satisfies Record<keyof DeployOptions<never>, true>;

/** Checks the options of a deployment. @throws `misuse`, `invalid_schedule` or `invalid_parameters`, with the deployment and the value */
export function defineDeployment<Input>(options: DeployOptions<Input>): DeploymentDefinition {
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
  if (options.protect !== undefined && typeof options.protect !== 'boolean')
    throw new TributaryError('misuse', `The protect of deployment ${full} is ${JSON.stringify(options.protect)}: give true or false.`);
  const schedules = readSchedules(full, {
    schedules: [...cronsOf(options.cron), ...(options.schedules ?? [])],
    timezone: options.timezone,
    check: (parameters, owner) => checkParameters(owner, definition, parameters),
  });
  const deployment: DeploymentDefinition = {
    [deploymentBrand]: true,
    name,
    flow,
    parameters: checkParameters(`deployment ${full}`, definition, options.parameters ?? {}),
    schedules,
    paused: options.paused ?? null,
    tags: options.tags ?? [],
    description: options.description ?? null,
    version: options.version ?? null,
    pool: options.pool ?? null,
    queue: options.queue ?? null,
    concurrencyLimit: readConcurrencyLimit(full, options.concurrencyLimit),
    jobVariables: checkJson(`deployment ${full}`, 'jobVariables', options.jobVariables ?? {}),
    inputs: checkInputs(full, options.inputs ?? []),
    keepLive: checkKeepLive(full, options.keepLive ?? [], { flow: definition, slugs: schedules.map(({ slug }) => slug) }),
    protect: options.protect ?? false,
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
