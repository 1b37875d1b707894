import type { IncomingMessage } from 'node:http';

import { endOfString, holdsLargeInteger, readJson, withNumbers } from '@tributary/contract/json';
import { z } from 'zod';

import { refuseLargeIntegers } from './large-integers.ts';
import { malformed, Refusal } from '../refusal.ts';

/** Twice the size of a client's largest batch of logs. */
const maximumBodyBytes = 8 * 1024 * 1024;

/** Functions on JSON are recursive and would overflow the stack some thousands of levels deep. */
const maximumDepth = 500;

/** The most issues that one refusal lists. Without a maximum, a long list of wrong items would produce a huge answer. */
const maximumIssues = 100;

/** Reads the body as text. @throws Refusal 413 if it is too large, 400 if the client closed the connection */
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
          { detail: `The body is larger than the ${maximumBodyBytes} bytes that the server accepts.` },
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
    incoming.on('error', () => reject(new Refusal(400, { detail: 'The connection was closed before the whole body had arrived.' })));
  });
}

/** How the bodies of a route are read. */
export interface BodyRules {
  /** whether a body may hold a secret, so that a refusal must not repeat it */
  readonly secret: boolean;
  /** whether the body may be missing */
  readonly optional: boolean;
  /** whether a body reports what a program did, so that its large integers are stored, not refused */
  readonly reports: boolean;
}

/**
 * Parses a body by its route's schema. A null that the schema doesn't allow counts as absent: Prefect's Python client sends many.
 * @throws Refusal 422
 */
export function parseBody(schema: z.ZodType, text: string, { secret, optional, reports }: BodyRules): unknown {
  if (isDeeper(text, maximumDepth))
    throw malformed([{ loc: ['body'], msg: `the body is nested deeper than ${maximumDepth} levels`, type: 'json_invalid' }]);
  let sent: unknown;
  try {
    sent = text === '' ? null : readJson(text);
  } catch (error) {
    if (error instanceof RangeError) throw malformed([{ loc: ['body'], msg: error.message, type: 'json_invalid' }]);
    // The parser's own message would quote the body.
    throw malformed([{ loc: ['body'], msg: "the body isn't valid JSON", type: 'json_invalid' }], secret ? undefined : text);
  }
  if (sent === null && !optional) throw malformed([{ loc: ['body'], msg: 'the body is missing', type: 'missing' }], null);
  const body = sent ?? {};
  const parsed = schema.safeParse(body);
  const again = !parsed.success && withoutNulls(body, parsed.error) ? schema.safeParse(body) : parsed;
  if (again.success) {
    if (!reports && holdsLargeInteger(text)) checkIntegers(again.data, secret, sent);
    return again.data;
  }
  const error = holdsLargeInteger(text) ? errorOfLarge(schema, body, again.error) : again.error;
  throw (optional && pageRefusal(error)) || refuse(error, secret ? undefined : sent);
}

/**
 * @param parsed the body after parsing
 * @param sent the body before parsing, which the refusal repeats
 */
function checkIntegers(parsed: unknown, secret: boolean, sent: unknown): void {
  try {
    refuseLargeIntegers(parsed, secret);
  } catch (error) {
    throw error instanceof Refusal && !secret ? error.withBody(sent) : error;
  }
}

/**
 * Validates again, with each bigint replaced by the nearest number, to get a better message. For a bigint, a schema only says that it isn't
 * a number. For a number that is too large, it says how large the number may be.
 */
function errorOfLarge(schema: z.ZodType, body: unknown, error: z.ZodError): z.ZodError {
  const parsed = schema.safeParse(withNumbers(body));
  if (!parsed.success) return parsed.error;
  return new z.ZodError(error.issues.map((issue) => ({ ...issue, message: 'the integer is too large: write one that a number can hold' })));
}

/**
 * Whether brackets outside of strings are nested deeper than `maximum`. Skips strings as a whole, because a batch of events has megabytes.
 * @param text need not be valid JSON
 */
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

/** The refusal in Prefect's own format if the only error is a page's `limit` that is out of range; otherwise undefined. */
function pageRefusal({ issues: [issue, ...others] }: z.ZodError): Refusal | undefined {
  const isRange = issue?.code === 'too_big' || issue?.code === 'too_small';
  if (!issue || others.length > 0 || !isRange || issue.path.join() !== 'limit') return undefined;
  return new Refusal(422, { detail: `Invalid limit: ${issue.message}. It must be from 0 to 200.` });
}

/** @param body the refused body; undefined if the refusal must not repeat it */
export function refuse(error: z.ZodError, body: unknown): Refusal {
  const fields = error.issues
    .slice(0, maximumIssues)
    .map(({ path, message, code }) => ({ loc: ['body', ...path.map(toKey)], msg: message, type: code }));
  return malformed(fields, body);
}

function toKey(key: PropertyKey): string | number {
  return typeof key === 'symbol' ? String(key) : key;
}

/** Removes the nulls that the schema doesn't allow. @returns true if the error is about such nulls only */
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
