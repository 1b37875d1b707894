import { issuesOf, TributaryError } from '@tributary/contract/error';
import { type Json, writeJson } from '@tributary/contract/json';
import type { z } from 'zod';

import { currentContext } from '../run/context.ts';
import { listIssues } from '../run/failure.ts';
import { roundedIn, withCure } from '../run/large-integers.ts';
import { missingVariable, readVariableText, variableEnvironmentName } from '../run/local/stored-values.ts';

/**
 * Reads a variable by name: any JSON. Without a server it comes from the environment: `TRIBUTARY_VARIABLE_PAGE_SIZE` for `page_size`.
 * @param fallback what it is when there is none; the variable must then be of the same type. Or a zod schema, which may have a default.
 * @throws `not_found` when there is neither, `invalid_parameters` when the value is of another type
 */
export function variable(name: string): Promise<unknown>;
export function variable<Schema extends z.ZodType>(name: string, schema: Schema): Promise<z.output<Schema>>;
export function variable(name: string, fallback: string): Promise<string>;
export function variable(name: string, fallback: number): Promise<number>;
export function variable(name: string, fallback: boolean): Promise<boolean>;
export function variable(name: string, fallback: Json): Promise<unknown>;
export async function variable(name: string, fallback?: z.ZodType | Json): Promise<unknown> {
  const found = await read(name);
  if (isSchema(fallback)) return parse(name, fallback, found?.value);
  const value = found ? found.value : fallback;
  if (value === undefined) throw missingVariable(name, currentContext()?.port.served ?? false);
  if (fallback !== undefined && fallback !== null && kindOf(value) !== kindOf(fallback))
    throw new TributaryError(
      'invalid_parameters',
      `Variable "${name}" is ${kindOf(value)}, but ${kindOf(fallback)} is expected: its default is ${writeJson(fallback)}.`,
    );
  return value;
}

async function read(name: string): Promise<{ readonly value: unknown } | undefined> {
  const port = currentContext()?.port;
  if (port) return port.readVariable(name);
  const text = process.env[variableEnvironmentName(name)];
  return text === undefined ? undefined : { value: readVariableText(text) };
}

function parse(name: string, schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value);
  const rounded = result.success ? roundedIn(value, result.data) : [];
  if (result.success && rounded.length === 0) return result.data;
  if (value === undefined) throw missingVariable(name, currentContext()?.port.served ?? false);
  const issues = [...issuesOf({ issues: result.error?.issues.map((issue) => withCure(issue, value)) ?? [] }), ...rounded];
  throw new TributaryError('invalid_parameters', `Variable "${name}" is not what its schema says: ${listIssues(issues)}.`, {
    facts: { issues },
  });
}

function isSchema(value: unknown): value is z.ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
