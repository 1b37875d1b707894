import { TributaryError } from '@tributary/contract/error';
import { jsonObject, type JsonObject } from '@tributary/contract/json';
import { z } from 'zod';

const template = z.object({
  job_configuration: z.object({ env: z.unknown().optional() }).optional(),
  variables: z.object({ properties: z.record(z.string(), z.looseObject({ default: z.unknown().optional() })).optional() }).optional(),
});
const placeholder = /\{\{\s*([\w-]+)\s*\}\}/g;

/**
 * Resolves the environment variables of a run's job. The pool's template is filled with the pool's defaults, the deployment's job variables
 * and the run's job variables; later values override earlier ones. `env` is merged name by name. A null removes a name. Numbers and booleans
 * become text.
 * @throws `misuse` naming the variable if a value can't be written as text
 */
export function jobEnvironment(
  baseJobTemplate: JsonObject,
  deployment: JsonObject | null | undefined,
  run: JsonObject | null | undefined,
): Record<string, string> {
  const parsed = template.safeParse(baseJobTemplate);
  const properties = parsed.data?.variables?.properties ?? {};
  const defaults = Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, property.default]));
  const layers = [defaults, deployment ?? {}, run ?? {}];
  const env = Object.assign({}, ...layers.map((layer) => environmentOf(layer['env'])));
  const variables: JsonObject = Object.assign({}, ...layers, { env });
  const configured = environmentOf(fill(parsed.data?.job_configuration?.env ?? '{{ env }}', variables));
  return textual({ ...configured, ...env });
}

function environmentOf(value: unknown): JsonObject {
  if (value === undefined || value === null) return {};
  const parsed = jsonObject.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new TributaryError('misuse', 'The job variable "env" isn\'t an object of environment variables. Write it like {"LEVEL": "debug"}.');
}

/** Fills placeholders. `{{ name }}` alone becomes the variable's value; inside of a text it becomes the value's text. */
function fill(value: unknown, variables: JsonObject): unknown {
  if (typeof value === 'string') {
    const [whole] = value.matchAll(placeholder);
    if (whole?.[1] !== undefined && whole[0] === value.trim()) return variables[whole[1]];
    return value.replace(placeholder, (_, name: string) => text(name, variables[name]) ?? '');
  }
  const object = jsonObject.safeParse(value);
  return object.success ? Object.fromEntries(Object.entries(object.data).map(([name, inner]) => [name, fill(inner, variables)])) : value;
}

function textual(env: JsonObject): Record<string, string> {
  const entries = Object.entries(env).map(([name, value]): [string, string | undefined] => [name, text(name, value)]);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function text(name: string, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (['string', 'number', 'bigint', 'boolean'].includes(typeof value)) return String(value);
  throw new TributaryError('misuse', `The environment variable "${name}" in the job variables isn't a text, a number or a boolean.`);
}
