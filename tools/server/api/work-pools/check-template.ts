import { isObject, type JsonObject } from '@tributary/contract/json';

import { malformed, type Refusal } from '../refusal.ts';

/**
 * Checks a work pool's base job template: `{}`, or the objects `job_configuration` and `variables`. Each `{{ name }}` in the job
 * configuration must be a variable.
 * @throws Refusal 422
 */
export function checkTemplate(template: JsonObject): void {
  if (Object.keys(template).length === 0) return;
  const { job_configuration: job, variables } = template;
  if (!isObject(job) || !isObject(variables))
    throw wrong('A base job template must be {}, or have the objects "job_configuration" and "variables".');
  const known = isObject(variables['properties']) ? variables['properties'] : {};
  const used = JSON.stringify(job).matchAll(/\{\{\s*([\w-]+)\s*\}\}/g);
  const unknown = [...new Set([...used].map(([, name]) => name ?? ''))].filter((name) => !Object.hasOwn(known, name));
  if (unknown.length > 0)
    throw wrong(`The job configuration uses variables that are not in "variables.properties": ${unknown.join(', ')}.`);
}

function wrong(msg: string): Refusal {
  return malformed([{ loc: ['body', 'base_job_template'], msg, type: 'value_error' }]);
}
