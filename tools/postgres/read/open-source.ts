import { Readable } from 'node:stream';

import { messageOf, TributaryError } from '@tributary/contract/error';
import { refusal } from '@tributary/contract/client/refusal';

import { interruptible } from './interruptible.ts';

/** Where a file comes from: an answer of `fetch`, a stream, or chunks of bytes. */
export type Source = Response | Readable | AsyncIterable<Uint8Array>;

/** The bytes of a source. */
export interface OpenSource {
  readonly chunks: AsyncGenerator<Uint8Array, void>;
  /** ends the source, and a read that is under way */
  close(): void;
}

/**
 * Opens a source.
 * @throws the status as an error if an answer isn't 2xx; `misuse` if its body was read before; `bad_answer`, while the chunks are read, if
 * the source fails or ends too early
 */
export function openSource(from: Source): OpenSource {
  const name = isAnswer(from) && from.url ? `The body of ${withoutQuery(from.url)}` : 'The source';
  const { items, close } = interruptible(isAnswer(from) ? Readable.fromWeb(bodyOf(from)) : from);
  return { chunks: chunksOf(items, name), close };
}

/** A `fetch` that isn't Node's own answers with a class of its own. */
function isAnswer(from: Source): from is Response {
  return 'bodyUsed' in from && 'status' in from;
}

async function* chunksOf(items: AsyncIterable<unknown>, name: string): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const item of items) {
      if (typeof item === 'string') yield Buffer.from(item);
      else if (item instanceof Uint8Array) yield item;
      else throw new TypeError(`a chunk is of type ${typeof item}, but must be bytes or a text`);
    }
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : messageOf(error);
    throw new TributaryError('bad_answer', `${name} could not be read to its end (${reason}). Read it again.`, { cause: error });
  }
}

/** @throws the status as an error, unless it is 2xx; `misuse` for a body that was read before; `bad_answer` for an answer without a body */
function bodyOf(answer: Response): NonNullable<Response['body']> {
  const call = `GET ${withoutQuery(answer.url)}`;
  if (!answer.ok) {
    void answer.body?.cancel();
    throw refusal(call, answer.status, answer.statusText);
  }
  if (answer.bodyUsed || answer.body?.locked)
    throw new TributaryError('misuse', `The body of ${call} was read before. Fetch it again, and read it once.`);
  if (!answer.body) throw new TributaryError('bad_answer', `${call} was answered ${answer.status} without a body. Check the URL.`);
  return answer.body;
}

/** A URL for messages. Its query, user and password are left out, because they may hold a secret. */
function withoutQuery(url: string): string {
  if (!URL.canParse(url)) return 'the answer';
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
