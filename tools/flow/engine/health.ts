import { isRetryable, nextDelay, patience, patienceFor, secondsOf } from '@tributary/contract/client/patience';
import { messageOf, TributaryError } from '@tributary/contract/error';
import { headers } from '@tributary/contract/routes/route';

import { nodeTransport } from './node-transport.ts';

/** in milliseconds */
const timeout = 5000;

/**
 * Reads the boot id of the Tributary server at a URL.
 * @returns no boot id for another kind of server; a failure when no server answered
 */
export async function readBoot(url: string): Promise<{ readonly boot?: string | undefined; readonly failure?: unknown }> {
  try {
    return bootOf(await ask(url));
  } catch (failure) {
    return { failure };
  }
}

/**
 * Reads the boot id of a server whose URL the user set. While the server is busy, this retries for as long as a command retries its other requests.
 * @param origin where the URL was given, for messages: `TRIBUTARY_API_URL`
 * @returns no boot id for another kind of server
 * @throws `unreachable` when no server answers, `too_many_requests` or `server_error` when the server stays busy
 */
export async function readHealth(url: string, origin: string): Promise<{ readonly boot?: string | undefined }> {
  const begin = performance.now();
  for (let tries = 0; ; tries += 1) {
    const answer = await ask(url).catch((failure: unknown) => {
      throw unreachable(url, origin, failure);
    });
    if (!isRetryable(answer.status)) return bootOf(answer);
    const delay = nextDelay({
      tries,
      elapsed: (performance.now() - begin) / 1000,
      ...patienceFor(answer.status, patience.command.away),
      retryAfter: secondsOf(answer.headers['retry-after'], Date.now()),
      random: Math.random(),
    });
    if (delay === undefined)
      throw new TributaryError(
        answer.status === 429 ? 'too_many_requests' : 'server_error',
        `The server at ${url} (from ${origin}) is not available: it answers ${answer.status}${answer.status === 429 ? ' (too many requests)' : ''}. Try again later.`,
        { facts: { status: answer.status } },
      );
    await new Promise((resolve) => setTimeout(resolve, delay * 1000));
  }
}

function ask(url: string) {
  return nodeTransport({ method: 'GET', url: `${url}/health`, headers: { accept: 'application/json' }, timeout });
}

function bootOf({ status, text, headers: all }: Awaited<ReturnType<typeof ask>>): { readonly boot?: string | undefined } {
  return { boot: status === 200 && text.trim() === 'true' ? all[headers.boot] : undefined };
}

function unreachable(url: string, origin: string, failure: unknown): TributaryError {
  const code = failure instanceof Error && 'code' in failure ? String(failure.code) : '';
  // OpenSSL's message is left out, because it contains lines of OpenSSL's source.
  const detail = code === 'EPROTO' ? '' : `: ${messageOf(failure)}`;
  return new TributaryError('unreachable', `No server answers at ${url} (from ${origin})${detail}. ${adviceFor(code)}`, { cause: failure });
}

function adviceFor(code: string): string {
  if (/CERT|UNABLE_TO_(GET|VERIFY)/.test(code))
    return 'If you trust the server, put the certificate of its authority into a PEM file and set NODE_EXTRA_CA_CERTS to that file.';
  if (code === 'EPROTO') return 'Does the server speak http:// rather than https://?';
  return 'Is the server running, and is the URL right?';
}
