import { TributaryError } from '@tributary/contract/error';
import { jsonObject, type JsonObject } from '@tributary/contract/json';
import { z } from 'zod';

const template = z.object({
  job_configuration: z.object({ env: z.unknown().optional() }).optional(),
  variables: z.object({ properties: z.record(z.string(), z.looseObject({ default: z.unknown().optional() })).optional() }).optional(),
});
const placeholder = /\{\{\s*([\w-]+)\s*\}\}/g;

/**
 * The environment variables that a run's job sets: the pool's template, filled with its defaults, the deployment's job variables and the
 * run's own, each over the one before. `env` itself is merged name by name. A null unsets a name; numbers and booleans become text.
 * @throws misuse, naming the variable, when one is no text
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
  throw new TributaryError('misuse', 'The job variable "env" is no object of environment variables, such as {"LEVEL": "debug"}.');
}

/** `{{ name }}` alone takes the variable as it is; within a text, its text. */
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
  throw new TributaryError('misuse', `The environment variable "${name}" in the job variables is no text.`);
}
