import { z } from 'zod';

import { readAnswer } from './refusal.ts';
import type { HttpAnswer, HttpRequest } from './transport.ts';

const token = z.object({ token: z.string() });

/** Sends one request, and repeats it as long as the client's patience lasts. */
export type Send = (request: HttpRequest) => Promise<HttpAnswer>;

/**
 * Adds the headers that a server with CSRF protection asks for. The first write is sent without a token. A token is fetched only after a
 * 403 that asks for one, so servers without the protection get no extra request. An expired token is replaced in the same way.
 * @param api the API's base URL
 */
export function createCsrf(api: string): (request: HttpRequest, send: Send) => Promise<HttpAnswer> {
  const client = lazy(() => crypto.randomUUID());
  let current: string | undefined;
  let fetching: Promise<string | undefined> | undefined;

  async function fetchToken({ headers, timeout, signal }: HttpRequest, send: Send): Promise<string | undefined> {
    const { accept = 'application/json', ...others } = headers;
    const kept = Object.fromEntries(Object.entries(others).filter(([name]) => !name.startsWith('content-')));
    const url = `${api}/csrf-token?client=${client()}`;
    const answer = await send({ method: 'GET', url, headers: { accept, ...kept }, timeout, ...(signal ? { signal } : {}) });
    // The server answers 404 or 422 if it has no CSRF protection. Then the 403 had another reason.
    const parsed = answer.status === 200 ? token.safeParse(readAnswer(answer.text)) : undefined;
    return (current = parsed?.data?.token);
  }

  return async (request, send) => {
    if (request.method === 'GET') return send(request);
    for (let tries = 0; ; tries += 1) {
      const used = current;
      const answer = await send(used === undefined ? request : withToken(request, used, client()));
      if (answer.status !== 403 || tries === mostTries || !/csrf|client identifier/i.test(answer.text)) return answer;
      // If several concurrent writes are refused, they share one fetch.
      if (current === used) fetching ??= fetchToken(request, send).finally(() => (fetching = undefined));
      if (fetching && (await fetching) === undefined) return answer;
    }
  };
}

/** The most times that one write is repeated with a new token. Another process may replace a token between its fetch and its use. */
const mostTries = 3;

function withToken(request: HttpRequest, value: string, client: string): HttpRequest {
  return { ...request, headers: { ...request.headers, 'prefect-csrf-token': value, 'prefect-csrf-client': client } };
}

function lazy<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}
