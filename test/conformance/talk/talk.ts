import { userAgent } from '@tributary/contract/client';
import type { Method } from '@tributary/contract/routes/route';
import { addSeconds, type Timestamp } from '@tributary/contract/time';

import { createReply, type Reply } from './reply.ts';
import type { Exchange, Request } from './send-request.ts';

export type Side = 'ours' | 'theirs';

interface Asking {
  /** sent as it is, in place of a body as JSON */
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** the list's order is the server's own (it sorts by random ids): compare it arranged by this key of each item */
  readonly arrangedBy?: string;
  /** the body tells of other topics too: compare the status */
  readonly statusOnly?: boolean;
}

/** How a script speaks with one server: every request has a name, and what came is kept under it. */
export interface Talk {
  readonly side: Side;
  /** a name of this topic and this run of the suite alone, the same on both sides */
  name(text: string): string;
  /** a moment so many seconds after the suite's start, the same on both sides */
  moment(seconds: number): Timestamp;
  get(step: string, path: string, asking?: Asking): Promise<Reply>;
  post(step: string, path: string, body?: unknown, asking?: Asking): Promise<Reply>;
  patch(step: string, path: string, body?: unknown, asking?: Asking): Promise<Reply>;
  delete(step: string, path: string, body?: unknown): Promise<Reply>;
  /** asks again until the answer is as awaited or the time (s) is out, and keeps the last answer: for what a server does unasked */
  until(step: string, ask: UntilAsking, isThere: (reply: Reply) => boolean, seconds?: number): Promise<Reply>;
  /** asks this side only, and compares nothing: the script makes a note of what it learns */
  aside(asked: UntilAsking): Promise<Reply>;
  /** compares something that the script has made of answers */
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
  /** of this run of the suite */
  readonly tag: string;
  readonly start: Timestamp;
}

const headers = { 'content-type': 'application/json', 'user-agent': userAgent, 'x-prefect-api-version': '0.8.4' };

/** @returns the talk, and its record in the order of asking, to be read when the script has ended */
export function createTalk({ side, send, topic, tag, start }: TalkOptions): { readonly talk: Talk; readonly record: () => Line[] } {
  const lines = new Map<string, Line | undefined>();

  /** Holds the step's place in the order of asking, whenever its answer comes. */
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
