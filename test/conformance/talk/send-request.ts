import { readJson } from '@tributary/contract/json';
import type { Method } from '@tributary/contract/routes/route';
import { fromMillis, type Timestamp } from '@tributary/contract/time';

import { fetchAgain } from './fetch-again.ts';

/** One request and its answer. */
export interface Exchange {
  readonly method: Method;
  /** below `/api`, with its query */
  readonly path: string;
  /** the body as it was sent */
  readonly text: string | undefined;
  readonly status: number;
  /** parsed JSON; undefined if the body was empty, the text itself if it isn't JSON */
  readonly answer: unknown;
  /** when the whole answer had arrived */
  readonly at: Timestamp;
}

export interface Request {
  readonly method: Method;
  readonly path: string;
  readonly text: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Creates a sender of requests to one server, one after another. Two writes at the same time can lock a Prefect server's SQLite for good.
 * @param url ends in `/api`
 */
export function createSender(url: string): (request: Request) => Promise<Exchange> {
  let last: Promise<unknown> = Promise.resolve();
  return (request) => {
    const sent = last.then(() => sendRequest(url, request));
    last = sent.catch(() => undefined);
    return sent;
  };
}

/** Sends a request, and repeats it while the server's database is locked (503), as every client does. */
async function sendRequest(url: string, { method, path, text, headers }: Request): Promise<Exchange> {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetchAgain(`${url}${path}`, () => ({
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(60_000),
      ...(text === undefined ? {} : { body: text }),
    }));
    const received = await answer.text();
    if (answer.status === 503 && tries < 20) {
      await new Promise((resolve) => {
        setTimeout(resolve, 100 * tries);
      });
      continue;
    }
    return { method, path, text, status: answer.status, answer: readAnswer(received), at: fromMillis(Date.now()) };
  }
}

function readAnswer(text: string): unknown {
  if (text === '') return undefined;
  try {
    return readJson(text);
  } catch {
    return text;
  }
}
