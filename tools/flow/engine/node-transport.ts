import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';

import type { HttpAnswer, HttpRequest, Transport } from '@tributary/contract/client';
import { TributaryError } from '@tributary/contract/error';

interface Wire {
  readonly agent: Agent;
  readonly request: (url: string, options: RequestOptions) => ClientRequest;
}

// An import of node:http would evaluate all of its exports, including fetch. That takes 50 ms of a process that takes 200 ms.
const http = process.getBuiltinModule('node:http');
const plain: Wire = { agent: new http.Agent({ keepAlive: true }), request: http.request };
let secure: Wire | undefined;

/**
 * Sends requests over connections that stay open for later requests. This module takes less time than fetch, both to load and to send a
 * request. TLS is loaded for the first request to an https URL. Such requests go through the proxy that HTTPS_PROXY names.
 */
export const nodeTransport: Transport = async (request) => {
  request.signal?.throwIfAborted();
  return exchange(request, request.url.startsWith('https:') ? (secure ??= secureWire()) : plain);
};

function secureWire(): Wire {
  const https = process.getBuiltinModule('node:https');
  return { agent: new https.Agent({ keepAlive: true, proxyEnv: process.env }), request: https.request };
}

async function exchange(request: HttpRequest, wire: Wire, isSecondTry = false): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const body = request.body === undefined ? undefined : Buffer.from(request.body);
    let began = false;
    const sent: ClientRequest = wire.request(request.url, {
      method: request.method,
      agent: wire.agent,
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
      // The server closed an idle connection just before the request came, and didn't read the request. So the request is sent once more.
      else if (sent.reusedSocket && !began && !isSecondTry && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE'))
        resolve(exchange(request, wire, true));
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
