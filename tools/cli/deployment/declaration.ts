import { isObject } from '@tributary/contract/json';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { DeploymentSchedule } from '@tributary/contract/nouns/schedule';
import { defaultPool } from '@tributary/contract/nouns/work-pool';
import { scheduleText } from '@tributary/contract/schedule-text';
import { isProtected } from '@tributary/plan';

import { literal, quoted } from './literal.ts';

/**
 * Prints the call of `deployFactory` that declares a live deployment as it is.
 * @param flow the flow's name
 * @param root the folder of the integration that is to declare it: `ints/crm`
 */
export function declarationOf(deployment: Deployment, flow: string, root: string): string {
  const { file, name: exported } = entrypointOf(deployment, root) ?? { file: undefined, name: variable(flow, 'theFlow') };
  const wanted = variable(deployment.name, 'deployment');
  const constant = wanted === exported ? `${wanted}Deployment` : wanted;
  const options = Object.entries(optionsOf(deployment)).filter(([, value]) => !isEmpty(value));
  const undeclared = deployment.schedules.filter((one) => !isDeclarable(one)).map(({ schedule }) => scheduleText(schedule));
  return [
    "import { deployFactory } from '@tributary/flow';",
    ...(file === undefined || file === 'deployments.ts' ? [] : [`import { ${exported} } from ${quoted(`./${file}`)};`]),
    '',
    `export const ${constant} = deployFactory({`,
    `  name: ${quoted(deployment.name)},`,
    exported === 'flow' ? '  flow,' : `  flow: ${exported},`,
    ...options.map(([name, value]) => `  ${name}: ${literal(value, '  ')},`),
    ...undeclared.map((text) => `  // deployFactory can't declare the schedule ${quoted(text)}, so deploys keep it as people's.`),
    '});',
  ].join('\n');
}

/** The options of `deployFactory`, beside name and flow. */
function optionsOf(deployment: Deployment): Record<string, unknown> {
  const {
    parameters,
    paused,
    tags,
    description,
    version,
    work_pool_name: pool,
    work_queue_name: queue,
    job_variables,
    labels,
  } = deployment;
  return {
    parameters,
    ...schedulesOf(deployment.schedules.filter(isDeclarable)),
    paused: paused || undefined,
    tags,
    description,
    version,
    pool: pool === defaultPool.name ? undefined : pool,
    queue: queue === defaultPool.queue ? undefined : queue,
    concurrencyLimit: limitOf(deployment),
    jobVariables: job_variables,
    protect: isProtected(labels) || undefined,
  };
}

function schedulesOf(schedules: readonly DeploymentSchedule[]): Record<string, unknown> {
  const [first] = schedules;
  if (first && schedules.length === 1 && isPlainCron(first) && 'cron' in first.schedule)
    return { cron: first.schedule.cron, timezone: timezoneOf(first) };
  return { schedules: schedules.map(scheduleOf) };
}

/** Whether deployFactory has options for all of a schedule. A declaration that lacks some would run it twice, or at other times. */
function isDeclarable({ schedule, max_scheduled_runs: most }: DeploymentSchedule): boolean {
  return (most ?? null) === null && !('cron' in schedule && schedule.day_or === false);
}

/** Whether the option `cron` declares this schedule. */
function isPlainCron({ active, parameters, slug }: DeploymentSchedule): boolean {
  return active && isEmpty(parameters) && (slug ?? 'cron-1') === 'cron-1';
}

function scheduleOf(given: DeploymentSchedule): Record<string, unknown> {
  const { schedule, slug, active, parameters } = given;
  const rule =
    'cron' in schedule
      ? { cron: schedule.cron }
      : 'rrule' in schedule
        ? { rrule: schedule.rrule }
        : { interval: schedule.interval, anchor: schedule.anchor_date };
  const options = { ...rule, timezone: timezoneOf(given), slug, active: active ? undefined : false, parameters };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => !isEmpty(value)));
}

function timezoneOf({ schedule }: DeploymentSchedule): string | undefined {
  return schedule.timezone && schedule.timezone !== 'UTC' ? schedule.timezone : undefined;
}

function limitOf({ global_concurrency_limit: limit, concurrency_options: options }: Deployment): unknown {
  if (!limit) return undefined;
  const { collision_strategy: collisionStrategy, grace_period_seconds: gracePeriod } = options ?? {};
  if (collisionStrategy === undefined && !gracePeriod) return limit.limit;
  return { limit: limit.limit, ...(collisionStrategy ? { collisionStrategy } : {}), ...(gracePeriod ? { gracePeriod } : {}) };
}

interface Entrypoint {
  /** relative to the integration */
  readonly file: string;
  readonly name: string;
}

/** Reads `flows/api.ts:exportProducts`. @returns undefined if the code isn't TypeScript of this integration */
function entrypointOf({ path, entrypoint }: Deployment, root: string): Entrypoint | undefined {
  const [, file, name] = /^(.+\.ts):([A-Za-z_$][\w$]*)$/.exec(entrypoint ?? '') ?? [];
  return path === root && file !== undefined && name !== undefined ? { file, name } : undefined;
}

/** Turns a name into one of a variable: `dbt-command-flow` into `dbtCommandFlow`. */
function variable(name: string, otherwise: string): string {
  const [first = '', ...more] = name.split(/[^A-Za-z\d]+/).filter(Boolean);
  const text = [
    first.slice(0, 1).toLowerCase() + first.slice(1),
    ...more.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)),
  ].join('');
  return /^[a-z]/.test(text) && !reserved.has(text) ? text : `${otherwise}${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** Words that no variable of a module can have as its name, and the function that the declaration imports. */
const reserved = new Set(
  (
    'await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements ' +
    'import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var ' +
    'void while with yield arguments eval undefined deployFactory'
  ).split(' '),
);

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}
