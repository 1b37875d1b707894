import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import type { Agent as SecureAgent } from 'node:https';

import type { HttpAnswer, HttpRequest, Transport } from '@tributary/contract/client';
import { TributaryError } from '@tributary/contract/error';

const agent = new Agent({ keepAlive: true });
let secure: Promise<{ request: typeof httpRequest; agent: SecureAgent }> | undefined;

/** HTTP over node:http with connections kept open: cheaper to load and to call than fetch. node:https is loaded when a URL asks for it. */
export const nodeTransport: Transport = async (request) => {
  request.signal?.throwIfAborted();
  if (request.url.startsWith('https:')) {
    secure ??= import('node:https').then((https) => ({ request: https.request, agent: new https.Agent({ keepAlive: true }) }));
    return exchange(request, await secure);
  }
  return exchange(request, { request: httpRequest, agent });
};

async function exchange(request: HttpRequest, by: { request: typeof httpRequest; agent: Agent }, again = false): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const body = request.body === undefined ? undefined : Buffer.from(request.body);
    let began = false;
    const sent: ClientRequest = by.request(request.url, {
      method: request.method,
      agent: by.agent,
      headers: body ? { ...request.headers, 'content-length': body.length } : request.headers,
    });
    const timer = setTimeout(() => sent.destroy(late(request)), request.timeout);
    const stop = (): void => void sent.destroy();
    request.signal?.addEventListener('abort', stop, { once: true });

    const settle = (): void => {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', stop);
    };
    const fail = (error: Error): void => {
      settle();
      if (request.signal?.aborted) reject(request.signal.reason);
      // The server closed an idle connection just as we took it: nothing was wrong with the request.
      else if (sent.reusedSocket && !began && !again && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE'))
        resolve(exchange(request, by, true));
      else reject(error);
    };

    sent.on('error', fail);
    sent.on('response', (answer) => {
      began = true;
      collect(answer).then((text) => {
        settle();
        resolve({ status: answer.statusCode ?? 0, headers: headersOf(answer), text });
      }, fail);
    });
    sent.end(body);
  });
}

function collect(answer: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('end', () => resolve(Buffer.concat(chunks).toString()));
    answer.on('error', reject);
  });
}

function headersOf(answer: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

function late({ url, timeout }: HttpRequest): TributaryError {
  return new TributaryError('timeout', `${new URL(url).host} did not answer within ${timeout / 1000} s`);
}
