import { createServer, type RequestListener, type Server } from 'node:http';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { withDeployments } from '@tributary/flow/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { exportProducts } from './api.ts';
import { fetchPage } from './fetch-page.ts';

let home: string;
let server: Server | undefined;
let requests: { readonly url: string; readonly at: number }[];
/** how many times the flow started dbt */
let fired: number;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'export-'));
  requests = [];
  fired = 0;
  vi.stubEnv('TRIBUTARY_HOME', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
  rmSync(home, { recursive: true, force: true });
});

/** Starts an API. @returns its base URL */
async function serve(listener: RequestListener): Promise<string> {
  const started = createServer((request, response) => {
    requests.push({ url: request.url ?? '', at: Date.now() });
    listener(request, response);
  });
  server = started;
  await new Promise<void>((resolve) => {
    started.listen(0, '127.0.0.1', resolve);
  });
  const address = started.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

/** Makes an API with `count` products. @param before gets each request's number; an answer that it returns replaces the API's own */
function products(
  count: number,
  before: (nth: number) => { status: number; headers?: Record<string, string>; body: string } | undefined = () => undefined,
) {
  const listener: RequestListener = (request, response) => {
    const instead = before(requests.length);
    const { searchParams } = new URL(request.url ?? '', 'http://localhost');
    const skip = Number(searchParams.get('skip'));
    const limit = Number(searchParams.get('limit'));
    const all = Array.from({ length: count }, (_, index) => ({
      id: index + 1,
      title: `Thing ${index + 1}`,
      category: 'things',
      price: 1.5,
      extra: true,
    }));
    const page = all.slice(skip, skip + limit);
    response.writeHead(instead?.status ?? 200, instead?.headers ?? { 'content-type': 'application/json' });
    response.end(instead?.body ?? JSON.stringify({ products: page, total: count, skip, limit: page.length }));
  };
  return listener;
}

const json = { 'content-type': 'application/json' };
const raw = () => join(home, 'data', 'raw');
const written = () => join(raw(), 'raw_products.jsonl');
const run = (baseUrl: string) =>
  withDeployments(
    {
      'dbt-command-flow/dbt_downstream_model': () => {
        fired += 1;
        expect(existsSync(written())).toBe(true);
      },
    },
    () => exportProducts({ baseUrl }),
  );
const unretried = fetchPage.with({ retryDelay: 0, retries: 2 });

describe('export', () => {
  it('writes every product as a line with unchanged fields, and then starts dbt', async () => {
    expect(await run(await serve(products(120)))).toEqual({ rows: 120 });
    const lines = readFileSync(written(), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(120);
    expect(JSON.parse(lines[119] ?? '')).toEqual({ id: 120, title: 'Thing 120', category: 'things', price: 1.5, extra: true });
    expect(requests.map(({ url }) => url)).toEqual([
      '/products?limit=50&skip=0',
      '/products?limit=50&skip=50',
      '/products?limit=50&skip=100',
    ]);
    expect(fired).toBe(1);
    expect(readdirSync(raw())).toEqual(['raw_products.jsonl']);
  });

  it('tries again after a 500', async () => {
    const failing = products(3, (nth) => (nth === 1 ? { status: 500, headers: json, body: '{"message":"oops"}' } : undefined));
    expect(await run(await serve(failing))).toEqual({ rows: 3 });
    expect(requests).toHaveLength(2);
  });

  it.each([
    ['seconds', () => '1'],
    ['a date', () => new Date(Date.now() + 2000).toUTCString()],
  ])('waits after a 429 as long as Retry-After says in %s, without using up a retry', async (_what, header) => {
    const limited = products(3, (nth) =>
      nth === 1 ? { status: 429, headers: { ...json, 'retry-after': header() }, body: '{}' } : undefined,
    );
    const page = await fetchPage.with({ retries: 0 })(await serve(limited), 0, 50);
    expect(page.products).toHaveLength(3);
    const [first, second] = requests;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(995);
  });

  it.each(['soon', 'Mon, 02 Jan 2006 15:04:05 GMT', '86400'])('retries as usual after a 429 whose Retry-After is %j', async (header) => {
    const limited = products(3, () => ({ status: 429, headers: { ...json, 'retry-after': header }, body: '{}' }));
    await expect(unretried(await serve(limited), 0, 50)).rejects.toThrow(/answered 429 Too Many Requests/);
    expect(requests).toHaveLength(3);
  });

  it.each([
    [
      'an HTML page',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Maintenance</html>' },
      /\/products\?limit=50&skip=0 answered text\/html instead of JSON: <html>Maintenance/,
    ],
    ['another shape', { status: 200, headers: json, body: '[{"id":1}]' }, /JSON of an unexpected shape.*\[\{"id":1\}\]/],
    ['a 404', { status: 404, headers: json, body: '{"message":"Not found"}' }, /answered 404 Not Found: \{"message":"Not found"\}/],
    [
      'an empty list',
      { status: 200, headers: json, body: '{"products":[],"total":0,"skip":0,"limit":0}' },
      /has no products: its list is empty/,
    ],
    [
      'an empty page of many',
      { status: 200, headers: json, body: '{"products":[],"total":9,"skip":0,"limit":0}' },
      /says that it has 9 products, but gave 0/,
    ],
  ])("fails without a retry on %s, keeps the old file and doesn't start dbt", async (_what, instead, message) => {
    mkdirSync(raw(), { recursive: true });
    writeFileSync(written(), 'old\n');
    await expect(run(await serve(products(3, () => instead)))).rejects.toThrow(message);
    expect(requests).toHaveLength(1);
    expect(readFileSync(written(), 'utf8')).toBe('old\n');
    expect(fired).toBe(0);
  });

  it.each([
    [
      '500',
      (): RequestListener => (_request, response) => response.writeHead(500, json).end('{"message":"down"}'),
      /\/products\?limit=50&skip=0 answered 500.*down/,
    ],
    [
      'a truncated body',
      (): RequestListener => (_request, response) => response.writeHead(200, json).end('{"products":[{"id":1,'),
      /incomplete or invalid JSON/,
    ],
    [
      'a broken connection',
      (): RequestListener => (_request, response) => {
        response.writeHead(200, { ...json, 'content-length': '1000' }).write('{"products":[');
        setTimeout(() => response.destroy(), 20);
      },
      /the answer broke off/,
    ],
  ])('retries after %s, and finally says what it received', async (_what, listener, message) => {
    const baseUrl = await serve(listener());
    await expect(unretried(baseUrl, 0, 50)).rejects.toThrow(message);
    expect(requests).toHaveLength(3);
  });

  it('names the URL that gave no answer', async () => {
    await expect(fetchPage.with({ retries: 0 })('http://127.0.0.1:1', 0, 50)).rejects.toThrow(
      /GET http:\/\/127\.0\.0\.1:1\/products.* got no answer/,
    );
  });

  it.runIf(process.platform === 'linux')('says that the disk is full, keeps the old file and leaves no temporary file', async () => {
    mkdirSync(raw(), { recursive: true });
    writeFileSync(written(), 'old\n');
    symlinkSync('/dev/full', `${written()}.${process.pid}.tmp`);
    await expect(run(await serve(products(3)))).rejects.toThrow(/raw_products\.jsonl was not written: the disk is full/);
    expect(readFileSync(written(), 'utf8')).toBe('old\n');
    expect(readdirSync(raw())).toEqual(['raw_products.jsonl']);
    expect(fired).toBe(0);
  });

  it('removes the temporary files of a killed export, but not those of a running one', async () => {
    mkdirSync(raw(), { recursive: true });
    const [dead, living] = [`${written()}.1.tmp`, `${written()}.2.tmp`];
    for (const file of [dead, living]) writeFileSync(file, '{');
    const before = new Date(Date.now() - 3_600_000);
    utimesSync(dead, before, before);
    await run(await serve(products(3)));
    expect(readdirSync(raw()).toSorted()).toEqual(['raw_products.jsonl', 'raw_products.jsonl.2.tmp']);
  });

  it('says that the data folder is a file', async () => {
    writeFileSync(join(home, 'data'), '');
    await expect(run(await serve(products(3)))).rejects.toThrow(/its folder is a file/);
  });

  it('refuses an invalid base URL', async () => {
    await expect(run('dummyjson')).rejects.toThrow(/baseUrl/);
  });
});
