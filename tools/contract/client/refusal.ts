import { z } from 'zod';

import { type ErrorCode, isTributaryError, type Issue, TributaryError } from '../error.ts';
import { readJson } from '../json.ts';

const refusalBody = z.object({
  detail: z.unknown().optional(),
  exception_message: z.unknown().optional(),
  exception_detail: z.unknown().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
const fieldErrors = z.array(z.object({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string() }));

const codes: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_request',
  401: 'unauthorized',
  403: 'unauthorized',
  404: 'not_found',
  408: 'timeout',
  409: 'conflict',
  422: 'invalid_request',
  423: 'locked',
  429: 'too_many_requests',
};

const passing: ReadonlySet<number> = new Set([502, 503, 504]);

/** Reads an answer. @returns undefined if the server answers that there is no such thing @throws all other refusals */
export async function unlessMissing<Data>(answer: Promise<{ readonly data: Data }>): Promise<Data | undefined> {
  try {
    return (await answer).data;
  } catch (error) {
    if (isTributaryError(error, 'not_found')) return undefined;
    throw error;
  }
}

/**
 * Turns a failed answer into a {@link TributaryError} with the server's reason and its message for each field.
 * @param call the request's method and URL
 * @param retryAfter in seconds: when the request may be repeated
 */
export function refusal(call: string, status: number, text: string, retryAfter?: number): TributaryError {
  const code = codes[status] ?? (status >= 500 ? 'server_error' : 'bad_answer');
  const body = refusalBody.safeParse(readAnswer(text));
  const asked = retryAfter === undefined ? {} : { retryAfter };
  const advice = passing.has(status) ? '. The server may be busy or starting: try again in a moment.' : '';
  if (!body.success) {
    const facts = { status, call, ...asked };
    return new TributaryError(code, `${call} was answered ${status}: ${shorten(text)}${advice}`, { facts });
  }
  const { detail, exception_message, exception_detail, errors } = body.data;
  const fields = fieldErrors.safeParse(exception_detail ?? detail);
  const issues: Issue[] | undefined =
    errors ??
    (fields.success
      ? fields.data.map(({ loc, msg }) => ({ path: loc.filter((key) => key !== 'body').join('.'), message: msg }))
      : undefined);
  const reason = typeof detail === 'string' ? detail : typeof exception_message === 'string' ? exception_message : shorten(text);
  const fieldText = issues && !errors ? ` (${issues.map(({ path, message }) => `${path}: ${message}`).join('; ')})` : '';
  return new TributaryError(code, `${call} was answered ${status}: ${reason}${fieldText}${typeof detail === 'string' ? '' : advice}`, {
    facts: { status, call, reason, ...asked, ...(issues ? { issues } : {}) },
  });
}

/** Reads an answer's text as JSON. @returns undefined if it isn't JSON */
export function readAnswer(text: string): unknown {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line || 'an empty body';
}
