import { Readable } from 'node:stream';

import { messageOf, TributaryError } from '@tributary/contract/error';
import { refusal } from '@tributary/contract/client/refusal';

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
  const stream = streamOf(from);
  const name = from instanceof Response && from.url ? `The body of ${withoutQuery(from.url)}` : 'The source';
  // `for await` throws the error of a stream. A stream that nothing reads any more may still fail.
  stream.on('error', () => undefined);
  return { chunks: chunksOf(stream, name), close: () => void stream.destroy() };
}

async function* chunksOf(stream: Readable, name: string): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of stream) {
      if (typeof chunk === 'string') yield Buffer.from(chunk);
      else if (chunk instanceof Uint8Array) yield chunk;
      else throw new TypeError(`a chunk is of type ${typeof chunk}, but must be bytes or a text`);
    }
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : messageOf(error);
    throw new TributaryError('bad_answer', `${name} could not be read to its end (${reason}). Read it again.`, { cause: error });
  }
}

function streamOf(from: Source): Readable {
  if (from instanceof Readable) return from;
  if (!(from instanceof Response)) return Readable.from(from, { objectMode: false });
  if (!from.ok) {
    void from.body?.cancel();
    throw refusal(`GET ${withoutQuery(from.url)}`, from.status, from.statusText);
  }
  if (from.bodyUsed || from.body?.locked)
    throw new TributaryError('misuse', `The body of ${withoutQuery(from.url)} was read before. Fetch it again, and read it once.`);
  if (!from.body)
    throw new TributaryError('bad_answer', `GET ${withoutQuery(from.url)} was answered ${from.status} without a body. Check the URL.`);
  return Readable.fromWeb(from.body);
}

/** A URL for messages. Its query, user and password are left out, because they may hold a secret. */
function withoutQuery(url: string): string {
  if (!URL.canParse(url)) return 'the answer';
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
