import { TributaryError } from '@tributary/contract/error';
import { nearest } from '@tributary/contract/nearest';

import type { FlowDefinition } from '../../run/flow-definition.ts';
import { unknownKeys } from '../../run/parameters/unknown-keys.ts';

/** The most fields that a deployment may name: the record of its last deploy has to stay small. */
const most = 40;

/** The fields that `keepLive` may name: a whole field, a part of one by its path, or a schedule by its slug. */
export type KeepLive<Input> =
  | (typeof wholeFields)[number]
  | `parameters.${keyof Input & string}`
  | `parameters.${keyof Input & string}.${string}`
  | `job_variables.${string}`
  | `schedule ${string}`;

const wholeFields = ['description', 'version', 'work_pool_name', 'work_queue_name', 'parameters', 'job_variables'] as const;

/** Fields that a deploy keeps without this option. */
const kept = new Set(['paused', 'concurrency_limit', 'concurrency_options']);

interface Known {
  readonly flow: FlowDefinition;
  /** the slugs of the deployment's schedules */
  readonly slugs: readonly string[];
}

/**
 * Checks the fields that a deployment gives to people.
 * @param deployment the full name, for messages
 * @throws `misuse` with the first wrong field, and the nearest known one
 */
export function checkKeepLive(deployment: string, fields: readonly string[], known: Known): readonly string[] {
  const owner = `keepLive of deployment ${deployment}`;
  if (!Array.isArray(fields)) throw new TributaryError('misuse', `The ${owner} isn't a list. Write keepLive: ['parameters.limit'].`);
  if (fields.length > most) throw new TributaryError('misuse', `The ${owner} names ${fields.length} fields: it can name ${most} at most.`);
  for (const field of fields) {
    const reason = whyWrong(field, known);
    if (reason !== undefined) throw new TributaryError('misuse', `The ${owner} names ${JSON.stringify(field)}, ${reason}`);
  }
  return [...new Set(fields)];
}

function whyWrong(field: unknown, { flow, slugs }: Known): string | undefined {
  if (typeof field !== 'string') return "which isn't the name of a field.";
  if (kept.has(field) || /^schedule .+ active$/.test(field)) return 'which a deploy keeps anyway. Leave it out.';
  if (wholeFields.some((whole) => whole === field)) return undefined;
  if (field.startsWith('schedule ')) {
    const slug = field.slice('schedule '.length);
    return slugs.includes(slug)
      ? undefined
      : unknown(
          'which the deployment lacks',
          `schedule ${slug}`,
          slugs.map((one) => `schedule ${one}`),
        );
  }
  const [first = '', ...path] = field.split('.');
  if ((first === 'parameters' || first === 'job_variables') && path.every((key) => key !== ''))
    return first === 'parameters' ? whyNotTaken(flow, path) : undefined;
  return unknown("which isn't a field that can be kept", first, wholeFields);
}

function whyNotTaken({ name, parameters }: FlowDefinition, path: readonly string[]): string | undefined {
  const given = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), null);
  const [wrong] = parameters ? unknownKeys(parameters, given) : [{ path: [], key: path[0] ?? '', known: [] }];
  if (!wrong) return undefined;
  const nameOf = (key: string): string => ['parameters', ...wrong.path, key].join('.');
  return unknown(`which flow "${name}" doesn't take`, nameOf(wrong.key), wrong.known.map(nameOf));
}

function unknown(what: string, field: string, known: readonly string[]): string {
  const near = nearest(field, known);
  if (near !== undefined) return `${what}. Did you mean "${near}"?`;
  return known.length > 0 ? `${what}. Known fields: ${known.join(', ')}.` : `${what}. Leave it out.`;
}
