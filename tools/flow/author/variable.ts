import { issuesOf, TributaryError } from '@tributary/contract/error';
import { type Json, writeJson } from '@tributary/contract/json';
import type { z } from 'zod';

import { currentContext } from '../run/context.ts';
import { listIssues } from '../run/failure.ts';
import { roundedIn, withCure } from '../run/parameters/large-integers.ts';
import { missingVariable, readVariableText, variableEnvironmentName } from '../run/local/stored-values.ts';

/**
 * Reads a variable, which may be any JSON. Without a server it is read from the environment: `TRIBUTARY_VARIABLE_PAGE_SIZE` for `page_size`.
 * @param name the name under which the variable is stored
 * @param fallback a default, which sets the type that the variable must have; or a zod schema, which may have a default
 * @returns the variable's value, or the default
 * @throws `not_found` when there is neither a variable nor a default, `invalid_parameters` when the value is of another type
 * @example
 * const pageSize = await variable('page_size', 100);
 * const region = await variable('region', z.enum(['eu', 'us']));
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
      `Variable "${name}" is ${kindOf(value)}, but ${kindOf(fallback)} is expected, like the default ${writeJson(fallback)}: change the variable or the default.`,
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
  throw new TributaryError('invalid_parameters', `Variable "${name}" doesn't match its schema: ${listIssues(issues)}.`, {
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
