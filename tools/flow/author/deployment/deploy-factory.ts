import { issuesOf, TributaryError } from '@tributary/contract/error';
import type { JsonObject } from '@tributary/contract/json';
import { nearest } from '@tributary/contract/nearest';
import type { z } from 'zod';

import { listIssues } from '../../run/failure.ts';
import { whyNotExact, whyNotJson } from '../../run/json-value.ts';
import { unknownKeys } from '../../run/parameters/unknown-keys.ts';
import { checkOptions } from '../options/check-options.ts';
import { type DeploymentDefinition, deploymentBrand } from '../../deploy/deployment-definition.ts';
import { type FlowDefinition, flowOf } from '../../run/flow-definition.ts';
import { type Duration, toSeconds } from '../options/duration.ts';
import type { Flow } from '../flow.ts';
import { type CronOptions, readSchedules, type ScheduleOptions } from './schedules.ts';

/** The options of a deployment. */
export interface DeployOptions<Input> {
  /** the second part of its full name, `flow/deployment`; it can't contain / % & > < */
  readonly name: string;
  readonly flow: Flow<Input, unknown>;
  /** parameters of its runs; a run's own parameters override them, one by one */
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
   * the work pool of its runs
   * @default `tributary`
   */
  readonly pool?: string;
  /**
   * the work queue of its runs
   * @default `default`
   */
  readonly queue?: string;
  /**
   * how many of its runs may be underway at once, and what happens to a further run
   * @default no limit
   */
  readonly concurrencyLimit?: number | ConcurrencyLimitOptions;
  /** for example `{ env: { REGION: 'eu' } }`: the environment of its runs */
  readonly jobVariables?: JsonObject;
}

/** A deployment's concurrency limit, and what the server does when it is reached. */
export interface ConcurrencyLimitOptions {
  /** how many runs may be underway at once, 1 or more */
  readonly limit: number;
  /**
   * what happens to a further run: `ENQUEUE` lets it wait until another run has ended, `CANCEL_NEW` cancels it
   * @default `ENQUEUE`
   */
  readonly collisionStrategy?: 'ENQUEUE' | 'CANCEL_NEW';
  /**
   * how long a run may hold its slot before it starts, from 1 minute to 1 day
   * @default the server's own
   */
  readonly gracePeriod?: Duration;
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
const limitOptions = { limit: true, collisionStrategy: true, gracePeriod: true } as const satisfies Record<
  keyof ConcurrencyLimitOptions,
  true
>;

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
      throw new TributaryError('misuse', `The ${option} of deployment ${full} is empty: leave it out, or name one.`);
  const deployment: DeploymentDefinition = {
    [deploymentBrand]: true,
    name,
    flow,
    parameters: checkParameters(`deployment ${full}`, definition, options.parameters ?? {}),
    schedules: readSchedules(full, {
      schedules: [...cronsOf(options.cron), ...(options.schedules ?? [])],
      timezone: options.timezone,
      check: (parameters, of) => checkParameters(`${of}deployment ${full}`, definition, parameters),
    }),
    paused: options.paused ?? null,
    tags: options.tags ?? [],
    description: options.description ?? null,
    version: options.version ?? null,
    pool: options.pool ?? null,
    queue: options.queue ?? null,
    concurrencyLimit: limitOf(full, options.concurrencyLimit),
    jobVariables: checkJson(`deployment ${full}`, 'jobVariables', options.jobVariables ?? {}),
    // Loaded when it is called: a run, and a process that only reads definitions, doesn't need it.
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

function limitOf(deployment: string, given: DeployOptions<never>['concurrencyLimit']): DeploymentDefinition['concurrencyLimit'] {
  if (given === undefined) return null;
  const options: ConcurrencyLimitOptions = typeof given === 'number' ? { limit: given } : given;
  checkOptions(`the concurrencyLimit of deployment ${deployment}`, options, limitOptions);
  const { limit, gracePeriod } = options;
  const collisionStrategy = options.collisionStrategy ?? null;
  const refuse = (what: string, value: unknown, advice: string): TributaryError =>
    new TributaryError('misuse', `The ${what} of deployment ${deployment} is ${String(value)}: ${advice}.`);
  if (!Number.isInteger(limit) || limit < 1) throw refuse('concurrencyLimit', limit, 'give a whole number above 0');
  if (collisionStrategy !== null && !['ENQUEUE', 'CANCEL_NEW'].includes(collisionStrategy))
    throw refuse("concurrencyLimit's collisionStrategy", collisionStrategy, 'give ENQUEUE or CANCEL_NEW');
  if (gracePeriod === undefined) return { limit, collisionStrategy, gracePeriod: null };
  const seconds = toSeconds(gracePeriod, `concurrencyLimit's gracePeriod of deployment ${deployment}`);
  if (!Number.isInteger(seconds) || seconds < 60 || seconds > 86_400)
    throw refuse("concurrencyLimit's gracePeriod", gracePeriod, 'give whole seconds, from 1 minute to 1 day');
  return { limit, collisionStrategy, gracePeriod: seconds };
}

/** Checks the parameters that are given; each run brings the missing ones. */
function checkParameters(owner: string, { name, parameters: schema }: FlowDefinition, given: object): JsonObject {
  const [unknown] = schema ? unknownKeys(schema, given) : Object.keys(given).map((key) => ({ path: [], key, known: [] }));
  if (unknown) {
    const { path, key, known } = unknown;
    const near = nearest(key, known);
    throw new TributaryError(
      'invalid_parameters',
      `${sentence(owner)} sets the parameter "${[...path, key].join('.')}", which flow "${name}" doesn't take.${near ? ` Did you mean "${[...path, near].join('.')}"?` : ''}`,
    );
  }
  checkExact(owner, 'parameters', given);
  const wrong = issuesOf({ issues: issuesWith(schema, given).filter(({ path }) => String(path[0]) in given) });
  if (wrong.length > 0)
    throw new TributaryError('invalid_parameters', `${sentence(owner)} sets invalid parameters: ${listIssues(wrong)}.`, {
      facts: { issues: wrong },
    });
  return checkJson(owner, 'parameters', { ...given });
}

function issuesWith(schema: FlowDefinition['parameters'], given: object): readonly z.core.$ZodIssue[] {
  try {
    return schema?.safeParse(given).error?.issues ?? [];
  } catch {
    // zod throws for an asynchronous check. The run checks it.
    return [];
  }
}

function checkExact(owner: string, option: string, value: object): void {
  const reason = whyNotExact(value, option);
  if (reason) throw new TributaryError('invalid_parameters', `${sentence(owner)} can't be sent as it is: ${reason}.`);
}

function checkJson(owner: string, option: string, value: JsonObject): JsonObject {
  checkExact(owner, option, value);
  const reason = whyNotJson(value, option);
  if (reason) throw new TributaryError('invalid_parameters', `${sentence(owner)} can't be written as JSON: ${reason}.`);
  return value;
}

/** Capitalizes an owner such as `deployment a/b` for the beginning of a sentence. */
function sentence(owner: string): string {
  return `${owner.charAt(0).toUpperCase()}${owner.slice(1)}`;
}
