import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { createClient, type HttpAnswer, type HttpRequest } from '../client.ts';
import { table } from '../routes/route.ts';

const routes = table({
  read: { method: 'GET', path: '/things/{id}', answer: z.object({ name: z.string() }), status: [200] },
  create: { method: 'POST', path: '/things/', body: z.object({ name: z.string() }), status: [204] },
});

const json = (status: number, body: unknown): HttpAnswer => ({ status, headers: {}, text: JSON.stringify(body) });

/** A server with Prefect's CSRF protection; `expire` drops every token that it issued. */
function protect() {
  const tokens = new Map<string, string>();
  const seen: HttpRequest[] = [];
  const transport = async (request: HttpRequest): Promise<HttpAnswer> => {
    seen.push(request);
    await Promise.resolve();
    const { pathname, searchParams } = new URL(request.url);
    const client = searchParams.get('client') ?? request.headers['prefect-csrf-client'] ?? '';
    if (pathname === '/api/csrf-token') {
      tokens.set(client, `token-${seen.length}`);
      return json(200, { token: tokens.get(client), client, expiration: '2026-01-01T00:00:00Z' });
    }
    if (request.method === 'GET') return json(200, { name: 'x' });
    const token = request.headers['prefect-csrf-token'];
    if (token === undefined) return json(403, { detail: 'Missing CSRF token.' });
    return tokens.get(client) === token ? json(204, null) : json(403, { detail: 'Invalid CSRF token or client identifier.' });
  };
  const client = createClient(routes, { url: 'http://test/api', authorization: 'Bearer key', patience: 5, transport });
  return { client, seen, expire: () => tokens.clear(), fetched: () => seen.filter(({ url }) => url.includes('csrf-token')) };
}

describe('on a server with CSRF protection', () => {
  it('a client fetches one token, with its credential, to write, and none to read', async () => {
    const { client, seen, fetched } = protect();
    await client.read({ path: { id: '1' } });
    expect(fetched()).toHaveLength(0);
    await client.create({ body: { name: 'a' } });
    await client.create({ body: { name: 'b' } });
    expect(fetched()).toHaveLength(1);
    expect(fetched()[0]).toMatchObject({ method: 'GET', headers: { authorization: 'Bearer key' } });
    expect(fetched()[0]?.url).toMatch(/client=[0-9a-f-]{36}$/);
    expect(seen.at(-1)).toMatchObject({ body: '{"name":"b"}', headers: { 'content-type': 'application/json' } });
  });

  it('writes at the same time share one token', async () => {
    const { client, fetched } = protect();
    await Promise.all(['a', 'b', 'c'].map((name) => client.create({ body: { name } })));
    expect(fetched()).toHaveLength(1);
  });

  it('an expired token is replaced', async () => {
    const { client, expire, fetched } = protect();
    await client.create({ body: { name: 'a' } });
    expire();
    await Promise.all(['b', 'c'].map((name) => client.create({ body: { name } })));
    expect(fetched()).toHaveLength(2);
  });
});

describe('a 403', () => {
  const refusing = (text: unknown, token: HttpAnswer) => {
    const seen: HttpRequest[] = [];
    const transport = async (request: HttpRequest) => {
      seen.push(request);
      return request.url.includes('csrf-token') ? token : json(403, text);
    };
    return { seen, client: createClient(routes, { url: 'http://test/api', patience: 5, transport }) };
  };

  it('for another reason is reported immediately', async () => {
    const { client, seen } = refusing({ detail: 'Not allowed here' }, json(200, { token: 'x' }));
    await expect(client.create({ body: { name: 'a' } })).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('Not allowed'),
    });
    expect(seen).toHaveLength(1);
  });

  it.each([
    [422, { detail: 'CSRF protection is disabled.' }],
    [404, { detail: 'Not Found' }],
  ])('ends after one try if the server answers the request for a token with %i', async (status, body) => {
    const { client, seen } = refusing({ detail: 'Missing CSRF token.' }, json(status, body));
    await expect(client.create({ body: { name: 'a' } })).rejects.toMatchObject({ code: 'unauthorized' });
    expect(seen).toHaveLength(2);
  });

  it('that persists with a new token ends after a few tries', async () => {
    const { client, seen } = refusing({ detail: 'Invalid CSRF token or client identifier.' }, json(200, { token: 'x' }));
    await expect(client.create({ body: { name: 'a' } })).rejects.toMatchObject({ code: 'unauthorized' });
    expect(seen.length).toBeLessThan(10);
  });
});
