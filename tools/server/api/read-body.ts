import type { IncomingMessage } from 'node:http';

import { endOfString, holdsLargeInteger, readJson, withNumbers } from '@tributary/contract/json';
import { z } from 'zod';

import { refuseLargeIntegers } from './large-integers.ts';
import { malformed, Refusal } from './refusal.ts';

/** The most bytes that a request's body may have: twice what a client's batch of logs may. */
const maximumBodyBytes = 8 * 1024 * 1024;

/** How many levels deep a body may be. What handles JSON calls itself for each level, and so runs out of stack some thousands deep. */
const maximumDepth = 500;

/** The most that a refusal says: a long list may be wrong in each of its items. */
const maximumIssues = 100;

/** @returns the body's text. Errors: 413, and 400 when the client hung up. */
export function readText(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const tooLarge = (): void => {
      incoming.removeAllListeners('data');
      incoming.resume();
      reject(
        new Refusal(
          413,
          { detail: `The body is larger than the ${maximumBodyBytes} bytes that the server takes.` },
          { connection: 'close' },
        ),
      );
    };
    if (Number(incoming.headers['content-length'] ?? 0) > maximumBodyBytes) return tooLarge();
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maximumBodyBytes) return tooLarge();
      chunks.push(chunk);
    });
    incoming.on('end', () => resolve((chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString('utf8') ?? ''));
    incoming.on('error', () => reject(new Refusal(400, { detail: 'The request was cut off before its body had ended.' })));
  });
}

/** How a route takes its bodies. */
export interface BodyRules {
  /** whether one may hold a secret, and is not to be repeated in a refusal */
  readonly secret: boolean;
  /** whether it may be missing */
  readonly optional: boolean;
  /** whether it says what a program did: its large integers are kept, not refused */
  readonly reports: boolean;
}

/**
 * Parses a body by its route's schema. A null where the schema wants none counts as absent: Python's client sends many.
 * Errors: 422.
 */
export function parseBody(schema: z.ZodType, text: string, { secret, optional, reports }: BodyRules): unknown {
  if (isDeeper(text, maximumDepth))
    throw malformed([{ loc: ['body'], msg: `the body is nested deeper than ${maximumDepth} levels`, type: 'json_invalid' }]);
  let told: unknown;
  try {
    told = text === '' ? null : readJson(text);
  } catch (error) {
    if (error instanceof RangeError) throw malformed([{ loc: ['body'], msg: error.message, type: 'json_invalid' }]);
    // The parser's own message quotes the body.
    throw malformed([{ loc: ['body'], msg: 'the body is no valid JSON', type: 'json_invalid' }], secret ? undefined : text);
  }
  if (told === null && !optional) throw malformed([{ loc: ['body'], msg: 'the body is missing', type: 'missing' }], null);
  const body = told ?? {};
  const parsed = schema.safeParse(body);
  const again = !parsed.success && withoutNulls(body, parsed.error) ? schema.safeParse(body) : parsed;
  if (again.success) {
    if (!reports && holdsLargeInteger(text)) check(again.data, secret, told);
    return again.data;
  }
  const error = holdsLargeInteger(text) ? errorOfLarge(schema, body, again.error) : again.error;
  throw (optional && pageRefusal(error)) || refuse(error, secret ? undefined : told);
}

/** @param told the whole body, for the refusal */
function check(asked: unknown, secret: boolean, told: unknown): void {
  try {
    refuseLargeIntegers(asked, secret);
  } catch (error) {
    throw error instanceof Refusal && !secret ? error.of(told) : error;
  }
}

/** A schema that wants a number says of a bigint only that it isn't one: how large it may be, it says of a number. */
function errorOfLarge(schema: z.ZodType, body: unknown, error: z.ZodError): z.ZodError {
  const parsed = schema.safeParse(withNumbers(body));
  if (!parsed.success) return parsed.error;
  return new z.ZodError(error.issues.map((issue) => ({ ...issue, message: 'it is more than a number can hold: write a smaller one' })));
}

/** Looks at the brackets outside of strings; `text` need not be valid JSON. A batch of events has megabytes: strings are leapt over. */
function isDeeper(text: string, maximum: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const mark = text.charCodeAt(at);
    if (mark === quote) at = endOfString(text, at);
    else if (mark === openBracket || mark === openBrace) depth += 1;
    else if (mark === closeBracket || mark === closeBrace) depth -= 1;
    if (depth > maximum) return true;
  }
  return false;
}

const [quote, openBracket, closeBracket, openBrace, closeBrace] = Array.from('"[]{}', (mark) => mark.charCodeAt(0));

/** A limit that no page has is told in Prefect's own way. */
function pageRefusal({ issues: [issue, ...others] }: z.ZodError): Refusal | undefined {
  const isRange = issue?.code === 'too_big' || issue?.code === 'too_small';
  if (!issue || others.length > 0 || !isRange || issue.path.join() !== 'limit') return undefined;
  return new Refusal(422, { detail: `Invalid limit: ${issue.message}; it is from 0 to 200.` });
}

/** @param body to be repeated; undefined: not */
export function refuse(error: z.ZodError, body: unknown): Refusal {
  const fields = error.issues
    .slice(0, maximumIssues)
    .map(({ path, message, code }) => ({ loc: ['body', ...path.map(toKey)], msg: message, type: code }));
  return malformed(fields, body);
}

function toKey(key: PropertyKey): string | number {
  return typeof key === 'symbol' ? String(key) : key;
}

/** Takes out the nulls that the schema complained of. @returns whether there were any, and nothing else */
function withoutNulls(body: unknown, error: z.ZodError): boolean {
  return error.issues.every((issue) => {
    let parent: unknown = body;
    for (const key of issue.path.slice(0, -1)) parent = isObject(parent) ? parent[toKey(key)] : undefined;
    const last = issue.path.at(-1);
    if (!isObject(parent) || last === undefined || parent[toKey(last)] !== null) return false;
    delete parent[toKey(last)];
    return true;
  });
}

function isObject(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null;
}
