/** One HTTP exchange, without retries or parsing. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** limit for the whole exchange, in milliseconds */
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
 * How a client reaches a server. Rejects if no answer came (refused, reset, timed out). If the signal is aborted, rejects with its reason.
 */
export type Transport = (request: HttpRequest) => Promise<HttpAnswer>;

/** A transport that uses the platform's fetch. Run hosts use a lighter transport. */
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
