import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';

import { createClient, type HttpAnswer, type HttpRequest, type Patience } from './client.ts';
import { table } from './routes/route.ts';
import { wait } from './wait.ts';

// The clock jumps to the next timer whenever nothing else is left to do.
beforeEach(() => void vi.useFakeTimers({ now: 0 }).setTimerTickMode('nextTimerAsync'));
afterEach(() => void vi.useRealTimers());

const routes = table({
  read: { method: 'GET', path: '/things/{id}', answer: z.object({ name: z.string() }), status: [200] },
  create: { method: 'POST', path: '/things/', body: z.object({ name: z.string() }), status: [204] },
  append: { method: 'POST', path: '/lines/', body: z.array(z.string()), status: [204], once: true },
});

function stand(answers: (Partial<HttpAnswer> | Promise<Partial<HttpAnswer>> | Error)[], patience: Patience = 5) {
  const seen: HttpRequest[] = [];
  const client = createClient(routes, {
    url: 'http://test/api',
    authorization: 'Bearer key-value',
    patience,
    transport: async (request) => {
      seen.push(request);
      const answer = (await answers.shift()) ?? new Error('connect ECONNREFUSED');
      if (answer instanceof Error) throw answer;
      return { status: 200, headers: {}, text: '', ...answer };
    },
  });
  return { client, seen };
}

describe('the client', () => {
  it('fills in the path with escaped parameters, and parses the answer', async () => {
    const { client, seen } = stand([{ text: '{"name":"x","new in a later version":1}' }]);
    expect((await client.read({ path: { id: 'a/b' } })).data).toEqual({ name: 'x' });
    expect(seen[0]?.url).toBe('http://test/api/things/a%2Fb');
  });

  it('sends a request again after a refused connection, a 429 with Retry-After and a 503', async () => {
    const { client, seen } = stand([
      new Error('reset'),
      { status: 429, headers: { 'retry-after': '0' } },
      { status: 503 },
      { status: 204 },
    ]);
    await client.create({ body: { name: 'x' } });
    expect(seen).toHaveLength(4);
  });

  it('sends a request id on routes that act once: the same in all tries of a call, a new one per call, or the caller’s own', async () => {
    const given = crypto.randomUUID();
    const { client, seen } = stand([
      new Error('reset'),
      { status: 504 },
      { status: 204 },
      { status: 204 },
      { status: 204 },
      { status: 204 },
    ]);
    await client.append({ body: ['a'] });
    await client.append({ body: ['a'] });
    await client.append({ body: ['b'], headers: { 'tributary-request': given } });
    await client.create({ body: { name: 'x' } });
    const [first, second, third, other, own, none] = seen.map(({ headers }) => headers['tributary-request']);
    expect(z.guid().parse(first)).toBe(second);
    expect(third).toBe(first);
    expect(z.guid().parse(other)).not.toBe(first);
    expect([own, none]).toEqual([given, undefined]);
  });

  it('sends a request a second time even if the first answer, a 503, came only after the patience was over', async () => {
    const { client, seen } = stand([wait(40).then(() => ({ status: 503 })), { status: 204 }], 30);
    await client.create({ body: { name: 'x' } });
    expect(seen).toHaveLength(2);
  });

  it('keeps trying a busy server for longer than an unreachable one', async () => {
    const answers = (status: number) => [...Array.from({ length: 5 }, () => ({ status })), { status: 204 }];
    const busy = stand(answers(503), { away: 0.2, busy: 20 });
    await busy.client.create({ body: { name: 'x' } });
    expect(busy.seen).toHaveLength(6);
    const away = stand(answers(502), { away: 0.2, busy: 20 });
    await expect(away.client.create({ body: { name: 'x' } })).rejects.toMatchObject({ code: 'server_error' });
    expect(away.seen.length).toBeLessThan(6);
  });

  it.each([
    ['Bad gateway', 'Bad gateway. The server may be busy or starting: try again in a moment.'],
    ['{"exception_message":"Service Unavailable"}', 'Service Unavailable. The server may be busy or starting: try again in a moment.'],
    ['{"detail":"The disk is full."}', 'The disk is full.'],
  ])('reports the text of a 503, and advises to try again unless the server gives a detail: %s', async (text, reason) => {
    const { client } = stand([{ status: 503, text }], 0);
    await expect(client.create({ body: { name: 'x' } })).rejects.toMatchObject({
      code: 'server_error',
      message: `POST http://test/api/things/ was answered 503: ${reason}`,
    });
  });

  it('waits until the moment in Retry-After', async () => {
    const { client, seen } = stand([{ status: 429, headers: { 'retry-after': new Date(120_000).toUTCString() } }, { status: 204 }], 600);
    await client.create({ body: { name: 'x' } });
    expect(Date.now()).toBe(120_000);
    expect(seen).toHaveLength(2);
  });

  it('stops waiting for Retry-After when the caller aborts', async () => {
    const { client, seen } = stand([{ status: 503, headers: { 'retry-after': '30' } }], 600);
    await expect(client.read({ path: { id: '1' }, signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow('stopped');
    expect(Date.now()).toBe(0);
    expect(seen).toHaveLength(1);
  });

  it('gives up when its patience is over, and names the request that got no answer', async () => {
    const { client } = stand([], 0);
    await expect(client.read({ path: { id: '1' } })).rejects.toMatchObject({
      code: 'unreachable',
      message: 'GET http://test/api/things/1 got no answer: connect ECONNREFUSED.',
    });
  });

  it.each([
    [404, '{"detail":"No such thing"}', 'not_found', 'No such thing'],
    [409, '{"detail":"Validation failed","errors":[{"path":"a.b","message":"must be string"}]}', 'conflict', 'Validation failed'],
    [
      422,
      '{"exception_message":"Invalid request received.","exception_detail":[{"loc":["body","name"],"msg":"Field required"}]}',
      'invalid_request',
      'name: Field required',
    ],
    [500, '<html><body>Oops</body></html>', 'server_error', 'Oops'],
    [401, '{"exception_message":"Unauthorized"}', 'unauthorized', 'Unauthorized'],
  ])('turns %i into an error with the reason the server gave', async (status, text, code, reason) => {
    const { client } = stand([{ status, text }]);
    const error: unknown = await client.read({ path: { id: '1' } }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringContaining(reason) });
    expect(String(error)).not.toContain('key-value');
  });

  it('reports when to try again, if the server says so', async () => {
    const { client } = stand([{ status: 423, headers: { 'retry-after': '2.5' } }]);
    await expect(client.read({ path: { id: '1' } })).rejects.toMatchObject({ code: 'locked', facts: { status: 423, retryAfter: 2.5 } });
  });

  it("says that the URL usually ends in /api when the answer isn't an API's", async () => {
    const { client } = stand([{ text: '<html>login</html>' }]);
    await expect(client.read({ path: { id: '1' } })).rejects.toMatchObject({
      code: 'bad_answer',
      message: expect.stringContaining('/api'),
    });
  });

  it('stops waiting when it is aborted', async () => {
    const { client } = stand([], 600);
    const stop = new AbortController();
    const call = client.read({ path: { id: '1' }, signal: stop.signal });
    stop.abort(new Error('stopped by me'));
    await expect(call).rejects.toThrow('stopped by me');
  });
});
