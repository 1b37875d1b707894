import { nearest } from '@tributary/contract/nearest';

/**
 * The fields that a user gives back to the code, by the names that a plan prints; `all` stands for all of them. A name covers what is inside of
 * it. A deploy keeps these fields, so they can be reset:
 * - `paused`, `concurrency_limit`, `concurrency_options`
 * - `tags.urgent`: a tag that was added; `tags`: all of them
 * - `schedule nightly`: a schedule that was added, or that `keepLive` names; `schedule nightly active`; `schedules`: all of them. A schedule
 *   without a slug has its time as its name: `schedule 0 0 * * *`
 * - `description`, `version`, `work_pool_name`, `work_queue_name`, `parameters`, `parameters.limit`, `job_variables`,
 *   `job_variables.env.REGION`: what `keepLive` names, and what stood on the engine before the first deploy
 */
export type Reset = readonly string[];

const names = [
  'all',
  'paused',
  'concurrency_limit',
  'concurrency_options',
  'tags',
  'schedules',
  'description',
  'version',
  'work_pool_name',
  'work_queue_name',
  'parameters',
  'job_variables',
];
const inside = /^(?:tags\.|schedule |parameters\.|job_variables\.)./;
/** Fields that a deploy never keeps. */
const sets =
  /^(?:path|entrypoint|folder|storage|repository|commit|directories|token|submodules|pull_steps|enforce_parameter_schema|protect|parameters' schema|parameter .+)$/;

/** Whether the user gives this field back to the code. @param field as a plan prints it */
export function isReset(reset: Reset, field: string): boolean {
  return reset.some((name) => name === 'all' || covers(name, field));
}

/** Lists the names that give nothing back to the code. @param fields what is reset, as a plan prints it */
export function unusedResets(reset: Reset, fields: readonly string[]): string[] {
  return reset.filter((name) => name !== 'all' && !fields.some((field) => covers(name, field) || field.startsWith(`${name} `)));
}

/**
 * Checks a name that a user gives to `--reset`.
 * @returns what is wrong with it, as a sentence with the nearest name; undefined for a name that a plan can print
 */
export function checkReset(name: string): string | undefined {
  // A plan prints what is kept of these fields in words.
  const tag = /^tag (.+)$/.exec(name)?.[1];
  if (tag !== undefined) return unknown(name, `tags.${tag}`);
  const schedule = /^(schedule .+) paused$/.exec(name)?.[1];
  if (schedule !== undefined) return unknown(name, `${schedule} active`);
  if (names.includes(name) || inside.test(name)) return undefined;
  if (sets.test(name)) return `"${name}" belongs to the code: each deploy sets it back, also without --reset.`;
  return unknown(name, nearest(name, names));
}

function unknown(name: string, near: string | undefined): string {
  const advice = near
    ? `Did you mean "${near}"?`
    : `Name a field as the plan prints it: ${names.join(', ')}, or a part of one such as tags.urgent or parameters.limit.`;
  return `Unknown field "${name}" to reset. ${advice}`;
}

function covers(name: string, field: string): boolean {
  if (name === field || field === `${name} active`) return true;
  if (name === 'schedules') return field.startsWith('schedule ');
  // A tag and a slug may have dots.
  return field.startsWith(`${name}.`) && !/^(tags\.|schedule )/.test(name);
}
