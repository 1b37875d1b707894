import { userAgent } from '@tributary/contract/client';
import type { Method } from '@tributary/contract/routes/route';
import { addSeconds, type Timestamp } from '@tributary/contract/time';

import { createReply, type Reply } from './reply.ts';
import type { Exchange, Request } from './send-request.ts';

export type Side = 'ours' | 'theirs';

interface Asking {
  /** the text to send, in place of a body as JSON */
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** sorts the answered list by this key before it is compared, because the server sorts it by random ids */
  readonly arrangedBy?: string;
  /** compares only the status, because the body also contains what other topics created */
  readonly statusOnly?: boolean;
}

/** Sends a script's requests to one server. Each request is a step with a name, and its answer is recorded under that name. */
export interface Talk {
  readonly side: Side;
  /** a name that only this topic and this run of the suite use, the same on both servers */
  name(text: string): string;
  /** the time `seconds` after the suite's start, the same on both servers */
  moment(seconds: number): Timestamp;
  get(step: string, path: string, asking?: Asking): Promise<Reply>;
  post(step: string, path: string, body?: unknown, asking?: Asking): Promise<Reply>;
  patch(step: string, path: string, body?: unknown, asking?: Asking): Promise<Reply>;
  delete(step: string, path: string, body?: unknown): Promise<Reply>;
  /** repeats a request until `isThere` accepts the answer, for at most `seconds`; records the last answer */
  until(step: string, ask: UntilAsking, isThere: (reply: Reply) => boolean, seconds?: number): Promise<Reply>;
  /** sends a request without recording it as a step */
  aside(asked: UntilAsking): Promise<Reply>;
  /** records a value that the script has computed from answers, to compare it */
  note(step: string, value: unknown): void;
  sleep(seconds: number): Promise<void>;
}

interface UntilAsking extends Asking {
  readonly method: Method;
  readonly path: string;
  readonly body?: unknown;
}

/** One line of the record: an exchange, or a note. */
export interface Line {
  readonly step: string;
  readonly exchange?: Exchange;
  readonly arrangedBy?: string;
  /** what is compared: an answer's body, or the note */
  readonly value: unknown;
}

export interface TalkOptions {
  readonly side: Side;
  readonly send: (request: Request) => Promise<Exchange>;
  readonly topic: string;
  /** a text that is part of every name that this run of the suite creates */
  readonly tag: string;
  readonly start: Timestamp;
}

const headers = { 'content-type': 'application/json', 'user-agent': userAgent, 'x-prefect-api-version': '0.8.4' };

/** Creates a talk. @returns the talk, and a function that returns its lines in the order of the requests, once the script has ended */
export function createTalk({ side, send, topic, tag, start }: TalkOptions): { readonly talk: Talk; readonly record: () => Line[] } {
  const lines = new Map<string, Line | undefined>();

  /** Keeps a step's place in the order of the requests, because answers may come in another order. */
  const reserve = (step: string): void => {
    if (lines.has(step)) throw new Error(`The script ${topic} has two steps named "${step}".`);
    lines.set(step, undefined);
  };
  const exchange = async (asked: UntilAsking): Promise<{ reply: Reply; exchange: Exchange }> => {
    const text = asked.raw ?? (asked.body === undefined ? undefined : JSON.stringify(asked.body));
    const made = await send({ method: asked.method, path: asked.path, text, headers: { ...headers, ...asked.headers } });
    return { reply: createReply(made.status, made.answer), exchange: made };
  };
  const keep = (step: string, asked: UntilAsking, made: Exchange): void => {
    lines.set(step, {
      step,
      exchange: made,
      value: asked.statusOnly ? undefined : made.answer,
      ...(asked.arrangedBy ? { arrangedBy: asked.arrangedBy } : {}),
    });
  };
  const ask = async (step: string, asked: UntilAsking): Promise<Reply> => {
    reserve(step);
    const made = await exchange(asked);
    keep(step, asked, made.exchange);
    return made.reply;
  };

  const talk: Talk = {
    side,
    name: (text) => `${topic}-${tag}-${text}`,
    moment: (seconds) => addSeconds(start, seconds),
    get: (step, path, asking) => ask(step, { ...asking, method: 'GET', path }),
    post: (step, path, body, asking) => ask(step, { ...asking, method: 'POST', path, body }),
    patch: (step, path, body, asking) => ask(step, { ...asking, method: 'PATCH', path, body }),
    delete: (step, path, body) => ask(step, { method: 'DELETE', path, body }),
    until: async (step, asked, isThere, seconds = 20) => {
      reserve(step);
      const end = performance.now() + seconds * 1000;
      for (;;) {
        const made = await exchange(asked);
        if (isThere(made.reply) || performance.now() > end) {
          keep(step, asked, made.exchange);
          return made.reply;
        }
        await sleep(0.25);
      }
    },
    aside: async (asked) => (await exchange(asked)).reply,
    note: (step, value) => {
      reserve(step);
      lines.set(step, { step, value });
    },
    sleep,
  };
  return { talk, record: () => [...lines.values()].filter((line) => line !== undefined) };
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });
}
