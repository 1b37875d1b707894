import { createCsrf } from './client/csrf.ts';
import { isRetryable, nextDelay, type Patience, patienceFor, secondsOf } from './client/patience.ts';
import { readAnswer, refusal } from './client/refusal.ts';
import { fetchTransport, type HttpAnswer, type HttpRequest, type Transport } from './client/transport.ts';
import { issuesOf, messageOf, TributaryError } from './error.ts';
import { writeJson } from './json.ts';
import { quickUuid } from './quick-uuid.ts';
import { type AnswerOf, headers, type InputOf, type Route } from './routes/route.ts';
import { wait } from './wait.ts';

export { patience, type Patience } from './client/patience.ts';
export { fetchTransport, type HttpAnswer, type HttpRequest, type Transport } from './client/transport.ts';

export interface ClientOptions {
  /** ends in `/api`, or is the URL of a Prefect Cloud workspace; without a slash at its end */
  readonly url: string;
  /** the whole value of the Authorization header */
  readonly authorization?: string | undefined;
  /** in seconds; see {@link patience} */
  readonly patience: Patience;
  readonly transport?: Transport;
  /** skips zod's JIT compilation, which takes milliseconds per schema: for a process that reads few answers @default false */
  readonly jitless?: boolean;
}

/** What one call may add to its route's input. */
export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** limit for the whole exchange, in milliseconds @default 60,000 */
  readonly timeout?: number;
  /** in seconds @default the client's own */
  readonly patience?: Patience;
  readonly signal?: AbortSignal;
}

export interface Answer<Data> {
  readonly status: number;
  /** names in lower case */
  readonly headers: Readonly<Record<string, string>>;
  readonly data: Data;
}

/** One method per route: `client.readFlowRun({ path: { id } })`. */
export type Client<Table extends Readonly<Record<string, Route>>> = {
  readonly [Name in keyof Table]: (input: InputOf<Table[Name]> & CallOptions) => Promise<Answer<AnswerOf<Table[Name]>>>;
};

interface AnyInput extends CallOptions {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/** The version of Prefect whose protocol we speak. Servers recognise old clients by this text, and let only new clients hold leases. */
export const userAgent = 'prefect/3.8.8 (API 0.8.4)';

/**
 * Creates a typed client for a table of routes, with one method per route that returns the parsed answer.
 * @returns a client whose methods throw a {@link TributaryError}: `unreachable` if no server answered within the patience, `bad_answer` if
 * the answer doesn't follow the protocol, and a code for each refusal
 */
export function createClient<Table extends Readonly<Record<string, Route>>>(table: Table, options: ClientOptions): Client<Table> {
  const csrf = createCsrf(options.url);
  const calls = Object.entries(table).map(([name, route]) => [name, (input: AnyInput) => call(route, input, options, csrf)]);
  // The mapped type gives each route's own signature, which the loop can't express.
  return Object.fromEntries(calls) as Client<Table>;
}

async function call(route: Route, input: AnyInput, options: ClientOptions, csrf: ReturnType<typeof createCsrf>): Promise<Answer<unknown>> {
  const request = toRequest(route, input, options);
  const label = `${route.method} ${request.url}`;
  const transport = options.transport ?? fetchTransport;
  const answer = await csrf(request, (each) => send(each, label, transport, input.patience ?? options.patience));
  if (!route.status.includes(answer.status) && (answer.status < 200 || answer.status > 299))
    throw refusal(label, answer.status, answer.text, askedDelay(answer));
  if (!route.answer) return { status: answer.status, headers: answer.headers, data: undefined };
  const parsed = route.answer.safeParse(readAnswer(answer.text), { jitless: options.jitless ?? false });
  if (parsed.success) return { status: answer.status, headers: answer.headers, data: parsed.data };
  const issues = issuesOf(parsed.error);
  throw new TributaryError(
    'bad_answer',
    `${label} answered ${answer.status} with a body that doesn't follow Prefect's protocol: ${issues.map(({ path, message }) => `${path || 'body'}: ${message}`).join('; ')}. Is this URL the API of a Tributary or Prefect server (it usually ends in /api)?`,
    { facts: { status: answer.status, call: label, issues } },
  );
}

function toRequest(route: Route, input: AnyInput, options: ClientOptions): HttpRequest {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(input.path?.[name] ?? ''));
  const query = new URLSearchParams(
    Object.entries(input.query ?? {}).map(([key, value]): [string, string] => [key, String(value)]),
  ).toString();
  return {
    method: route.method,
    url: `${options.url}${path}${query ? `?${query}` : ''}`,
    headers: {
      accept: 'application/json',
      'user-agent': userAgent,
      'x-prefect-api-version': '0.8.4',
      ...(options.authorization ? { authorization: options.authorization } : {}),
      ...(route.body ? { 'content-type': 'application/json' } : {}),
      // All tries of one call carry the same request id, so that the server acts only once.
      ...(route.once ? { [headers.request]: quickUuid() } : {}),
      ...input.headers,
    },
    ...(route.body ? { body: writeJson(input.body) } : {}),
    timeout: input.timeout ?? 60_000,
    ...(input.signal ? { signal: input.signal } : {}),
  };
}

async function send(request: HttpRequest, label: string, transport: Transport, patience: Patience): Promise<HttpAnswer> {
  let begin = performance.now();
  for (let tries = 0; ; tries += 1) {
    let answer: HttpAnswer | undefined;
    let failure: unknown;
    try {
      answer = await transport(request);
      if (!isRetryable(answer.status)) return answer;
      // The patience counts from the first answer. If a locked database delays that answer for longer than the patience, the request is
      // still sent a second time.
      if (tries === 0) begin = performance.now();
    } catch (error) {
      request.signal?.throwIfAborted();
      failure = error;
    }
    const elapsed = (performance.now() - begin) / 1000;
    const limits = patienceFor(answer?.status, patience);
    const delay = nextDelay({ tries, elapsed, ...limits, retryAfter: answer && askedDelay(answer), random: Math.random() });
    if (delay !== undefined) {
      await wait(delay, request.signal);
      continue;
    }
    if (answer) return answer;
    const within = limits.patience > 0 ? ` within ${limits.patience} s` : '';
    throw new TributaryError('unreachable', `${label} got no answer${within}: ${reasonOf(failure)}.`, { cause: failure });
  }
}

function askedDelay(answer: HttpAnswer): number | undefined {
  return secondsOf(answer.headers['retry-after'], Date.now());
}

/** fetch puts the reason of its failure into the error's cause. */
function reasonOf(failure: unknown): string {
  const cause = failure instanceof Error && failure.cause instanceof Error ? failure.cause : failure;
  return messageOf(cause) || 'the connection failed';
}
