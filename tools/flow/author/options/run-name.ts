import { TributaryError } from '@tributary/contract/error';
import { writeJson } from '@tributary/contract/json';
import type { z } from 'zod';

import type { NameRun } from '../../run/flow-definition.ts';

/** The names between the braces of a text: `day` for `'load {day}'`. */
type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Placeholders<Rest> : never;

/** A template whose braces hold known names only. */
export type RunNameTemplate<Text extends string, Known extends string> = Text &
  (Placeholders<Text> extends Known ? unknown : `${string}{${Known}}${string}`);

const braces = /(\{[^{}]*\})/;

/**
 * Reads the `runName` of a flow.
 * @param runName a template such as `load {day}`, or a function of the parameters
 * @returns a function that names a run by its parameters, or null without a `runName`
 * @throws `misuse` when the template names a parameter that the flow doesn't take
 */
export function readRunName(
  flow: string,
  runName: string | ((parameters: never) => string) | undefined,
  parameters: z.ZodObject | undefined,
): NameRun | null {
  if (runName === undefined) return null;
  if (typeof runName === 'function') return (given) => String(Reflect.apply(runName, undefined, [given]));
  const parts = runName.split(braces);
  const known = Object.keys(parameters?.shape ?? {});
  for (const part of parts) {
    if (!/[{}]/.test(part)) continue;
    const name = part.slice(1, -1);
    if (known.includes(name)) continue;
    throw new TributaryError(
      'misuse',
      `The runName of flow "${flow}" is ${JSON.stringify(runName)}, but the flow has no parameter ${JSON.stringify(name)}. ${known.length > 0 ? `The flow takes ${known.join(', ')}.` : 'The flow takes no parameters.'}`,
    );
  }
  return (given) => parts.map((part) => (braces.test(part) ? valueText(given[part.slice(1, -1)]) : part)).join('');
}

function valueText(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' && value !== null ? writeJson(value) : String(value);
}
