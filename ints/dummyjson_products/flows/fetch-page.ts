import { retryAfter, run, task } from '@tributary/flow';
import { z } from 'zod';

/** The fields that the models rely on. All other fields are exported unchanged. */
const product = z.looseObject({ id: z.int(), title: z.string(), category: z.string(), price: z.number(), brand: z.string().optional() });
const page = z.object({ products: z.array(product), total: z.int().nonnegative(), skip: z.int(), limit: z.int() });

export type Product = z.output<typeof product>;
export type Page = z.output<typeof page>;

/** An error that isn't retried, because the API would give the same answer again. */
class FinalError extends Error {}

/** Reads one page of products. Retries after 429, 5xx, a broken connection or a truncated answer, and waits as long as Retry-After says. */
export const fetchPage = task(
  {
    name: 'fetch products',
    retryDelay: ['1s', '10s', '60s'],
    retryIf: (error) => !(error instanceof FinalError),
    timeout: '5m',
    runName: (_baseUrl: string, skip: number, limit: number) => `fetch products ${skip + 1} to ${skip + limit}`,
  },
  async (baseUrl: string, skip: number, limit: number): Promise<Page> => {
    const url = `${baseUrl.replace(/\/+$/, '')}/products?limit=${limit}&skip=${skip}`;
    const { signal } = run();
    const response = await fetch(url, { signal, headers: { accept: 'application/json' } }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new Error(`GET ${url} got no answer: ${causeOf(error)}`, { cause: error });
    });
    const text = await response.text().catch((error: unknown) => {
      signal.throwIfAborted();
      throw new Error(`GET ${url}: the answer broke off: ${causeOf(error)}`, { cause: error });
    });
    if (!response.ok) {
      const said = `GET ${url} answered ${response.status} ${response.statusText}: ${excerpt(text)}`;
      if (response.status !== 429 && response.status < 500) throw new FinalError(said);
      // Retry-After is a number of seconds or a date. If it is missing or invalid, `seconds` is NaN.
      const asked = response.headers.get('retry-after') ?? '';
      const seconds = /^\d+$/.test(asked) ? Number(asked) : (Date.parse(asked) - Date.now()) / 1000;
      throw seconds >= 0 ? retryAfter(seconds, new Error(said)) : new Error(said);
    }
    return read(url, response.headers.get('content-type') ?? 'no content type', text);
  },
);

function read(url: string, contentType: string, text: string): Page {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    if (!contentType.includes('json')) throw new FinalError(`GET ${url} answered ${contentType} instead of JSON: ${excerpt(text)}`);
    throw new Error(
      `GET ${url} answered incomplete or invalid JSON of ${text.length} characters. It ends with …${excerpt(text.slice(-80))}`,
    );
  }
  const parsed = page.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 3).map(({ path, message }) => `${path.join('.') || 'the answer'}: ${message}`);
  throw new FinalError(`GET ${url} answered JSON of an unexpected shape: ${issues.join('; ')}. It begins with ${excerpt(text)}`);
}

function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line === '' ? 'nothing' : line.length > 120 ? `${line.slice(0, 120)}…` : line;
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
