/** One HTTP exchange, nothing more: no retries, no parsing. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** the whole exchange, in milliseconds */
  readonly timeout: number;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** names in lower case */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/**
 * How a client reaches a server. Rejects when no answer came (refused, reset, timed out), whatever the reason, and with the signal's
 * reason when it was aborted.
 */
export type Transport = (request: HttpRequest) => Promise<HttpAnswer>;

/** The platform's fetch. Processes on a hot path bring a lighter one. */
export const fetchTransport: Transport = async ({ method, url, headers, body, timeout, signal }) => {
  const limit = AbortSignal.timeout(timeout);
  const answer = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    redirect: 'error',
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  });
  return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
};
