import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { serverFile } from '@tributary/contract/server-file';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { type Example, startExample } from './test-support/example-server.ts';
import { startServer } from './start.ts';

let home: string;
const open: Example[] = [];
const start = async (options: Parameters<typeof startExample>[0] = {}): Promise<Example> => {
  const example = await startExample({ home, ...options });
  open.push(example);
  return example;
};
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tributary-start-'));
});
afterEach(async () => {
  for (const example of open.splice(0)) await example.close();
  rmSync(home, { recursive: true, force: true });
});

const lastPolled = async ({ client }: Example, pool: string) =>
  (await client.readWorkQueue({ path: { pool, queue: 'default' } })).data.last_polled;

/** Sends raw text to the server, and returns all that it answers. */
function speak(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((done, fail) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(request));
    socket.setEncoding('utf8').on('data', (chunk) => (answer += chunk));
    socket.on('close', () => done(answer)).on('error', fail);
  });
}

it('writes server.json, readable by its owner only, and deletes it when it closes', async () => {
  const example = await start();
  const path = join(home, 'server.json');
  const file = serverFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  expect(file).toEqual({ url: example.server.url, pid: process.pid, boot: example.server.boot });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const health = await example.client.health({});
  expect([health.data, health.headers['tributary-boot']]).toEqual([true, file.boot]);
  expect((await example.client.readTributary({})).data.features).toEqual([
    'claim',
    'long-poll',
    'interruptions',
    'slots',
    'waiting',
    'ends',
    'parent-ends',
    'tree',
    'apply',
  ]);
  await example.server.close();
  expect(existsSync(path)).toBe(false);
});

it('answers the long polls when it closes, and loses nothing by a restart', async () => {
  const example = await start();
  const { deployment } = await example.deploy();
  await example.client.createWorkPool({ body: { name: 'other', type: 'tributary' } });
  const pools = ['tributary', 'other'];
  const polls = pools.map((pool) => example.client.getScheduledFlowRuns({ path: { pool }, body: {}, headers: { prefer: 'wait=30' } }));
  for (const pool of pools) await vi.waitFor(async () => expect(await lastPolled(example, pool)).not.toBeNull(), 10_000);
  const begin = performance.now();
  await example.server.close();
  expect(performance.now() - begin).toBeLessThan(10_000);
  for (const poll of polls) expect((await poll).data).toEqual([]);
  const again = await start();
  expect((await again.client.readDeployment({ path: { id: deployment.id } })).data).toMatchObject({
    id: deployment.id,
    created: deployment.created,
  });
  expect(again.server.boot).not.toBe(example.server.boot);
});

it('refuses a port in use, and takes the next free one by default', async () => {
  const taken: Server = createServer();
  const port = await new Promise<number>((done) => {
    taken.listen(0, '127.0.0.1', () => {
      const address = taken.address();
      done(typeof address === 'object' && address ? address.port : 0);
    });
  });
  await expect(start({ port })).rejects.toThrow(`Port ${port} of 127.0.0.1 is taken by another program.`);
  taken.close();
  const other = mkdtempSync(join(tmpdir(), 'tributary-start-'));
  const servers = [await startServer({ home }), await startServer({ home: other })];
  expect(new Set(servers.map(({ url }) => url)).size).toBe(2);
  await Promise.all(servers.map((server) => server.close()));
  rmSync(other, { recursive: true, force: true });
  // The failed start released the home.
  await start();
});

it('refuses to start when server.json is a folder, and starts once it is moved away', async () => {
  const path = join(home, 'server.json');
  mkdirSync(join(path, 'inside'), { recursive: true });
  await expect(start()).rejects.toThrow(/server\.json can't be written: .* move the file or folder at this path elsewhere/);
  rmSync(path, { recursive: true });
  await start();
});

it('refuses a second server on the same database, with pid and URL of the first', async () => {
  const first = await start();
  await expect(start()).rejects.toThrow(`pid ${process.pid}, ${first.server.url}`);
  expect((await first.client.health({})).data).toBe(true);
});

it('needs an auth string to listen for other machines', async () => {
  await expect(startServer({ home, host: '0.0.0.0', port: 0 })).rejects.toThrow('needs an auth string. Set TRIBUTARY_API_AUTH_STRING');
  const example = await start({ host: '0.0.0.0', authString: 'admin:pass' });
  expect(example.server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api$/);
  expect((await example.client.filterFlows({ body: {} })).data).toEqual([]);
});

it('answers only health and ready without the auth string', async () => {
  const example = await start({ authString: 'admin:pass' });
  expect((await example.send('GET', '/health')).status).toBe(200);
  expect((await example.send('GET', '/ready')).status).toBe(200);
  for (const headers of [{}, { authorization: 'Basic YWRtaW46d3Jvbmc=' }, { authorization: 'Bearer admin:pass' }]) {
    const answer = await example.send('GET', '/version', undefined, headers);
    expect(answer).toEqual({ status: 401, body: { exception_message: expect.stringContaining('TRIBUTARY_API_AUTH_STRING') } });
  }
  expect((await example.client.adminVersion({})).data).toMatch(/^3\./);
});

it('refuses pages of other sites and host names of other machines', async () => {
  const example = await start();
  const { host } = new URL(example.server.url);
  const ask = async (headers: string): Promise<string> =>
    (await speak(example.server.url, `GET /api/health HTTP/1.1\r\nConnection: close\r\n${headers}\r\n\r\n`)).split('\r\n')[0] ?? '';
  expect(await ask(`Host: ${host}`)).toContain('200');
  expect(await ask(`Host: localhost:${new URL(example.server.url).port}`)).toContain('200');
  expect(await ask('Host: evil.example')).toContain('403');
  expect(await ask(`Host: ${host}\r\nOrigin: https://evil.example`)).toContain('403');
  expect(await ask(`Host: ${host}\r\nOrigin: null`)).toContain('403');
  expect(await ask(`Host: ${host}\r\nSec-Fetch-Site: cross-site`)).toContain('403');
  expect(await ask(`Host: ${host}\r\nSec-Fetch-Site: same-site`)).toContain('403');
  expect(await ask(`Host: ${host}\r\nSec-Fetch-Site: same-origin`)).toContain('200');
  expect(await ask(`Host: ${host}\r\nOrigin: http://${host}`)).toContain('200');
});

it('answers 404 for unknown routes and CSRF tokens, and refuses web sockets', async () => {
  const example = await start();
  expect(await example.send('GET', '/nothing')).toEqual({ status: 404, body: { detail: 'Not Found' } });
  expect((await example.send('GET', `/csrf-token?client=${crypto.randomUUID()}`)).status).toBe(404);
  expect((await example.send('DELETE', '/health')).status).toBe(405);
  const { host } = new URL(example.server.url);
  const upgrade = `GET /api/events/in HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
  expect(await speak(example.server.url, upgrade)).toMatch(/^HTTP\/1\.1 403 /);
});

it('refuses clients of another version of the protocol', async () => {
  const example = await start();
  const ask = async (version: string): Promise<number> =>
    (await example.send('GET', '/version', undefined, { 'x-prefect-api-version': version })).status;
  expect([await ask('0.8.4'), await ask('1.0.0'), await ask('0.7.9'), await ask('new')]).toEqual([200, 200, 400, 400]);
});

it('says what is wrong with a body that is too large, malformed or of a wrong shape', async () => {
  const example = await start();
  const large = await example.send('POST', '/logs/', `["${'x'.repeat(9 * 1024 * 1024)}"]`);
  expect(large).toEqual({ status: 413, body: { detail: expect.stringContaining('larger than the 8388608 bytes') } });
  expect(await example.send('POST', '/flows/', '{"name":')).toMatchObject({
    status: 422,
    body: { exception_message: 'Invalid request received.', exception_detail: [{ loc: ['body'], msg: "the body isn't valid JSON" }] },
  });
  expect(await example.send('POST', '/flows/', { name: 5, typo: 1 })).toMatchObject({
    status: 422,
    body: { exception_detail: [{ loc: ['body', 'name'] }, expect.anything()], request_body: { name: 5, typo: 1 } },
  });
  expect(await example.send('POST', '/flow_runs/filter', { limit: 201 })).toMatchObject({
    status: 422,
    body: { detail: expect.stringContaining('limit') },
  });
  const deep = `{"parameters":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  expect(await example.send('POST', '/flow_runs/', deep)).toMatchObject({
    status: 422,
    body: { exception_detail: [{ msg: 'the body is nested deeper than 500 levels' }] },
  });
  const wrong = await example.send(
    'POST',
    '/logs/',
    Array.from({ length: 5000 }, () => ({})),
  );
  expect(JSON.stringify(wrong.body).length).toBeLessThan(50_000);
  expect((await example.send('POST', '/flow_runs/filter', '')).status).toBe(200);
  expect((await example.client.health({})).data).toBe(true);
});

it('logs nothing when a client hangs up in the middle of its body', async () => {
  const example = await start();
  const { hostname, port, host } = new URL(example.server.url);
  await new Promise<void>((done) => {
    const head = `POST /api/flows/ HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 100`;
    const socket = connect(Number(port), hostname, () => socket.write(`${head}\r\nExpect: 100-continue\r\n\r\n`));
    // The server answers "100 Continue" once it handles the request.
    socket.once('data', () => socket.write('{"na', () => socket.destroy()));
    socket.on('close', () => done());
  });
  expect((await example.client.countFlows({ body: {} })).data).toBe(0);
  expect(example.lines).toEqual([]);
});

it('accepts null for absent fields, as Python clients send them', async () => {
  const example = await start();
  const nulls = {
    flows: null,
    flow_runs: { operator: 'and_', id: null, state: { type: null, name: null } },
    sort: null,
    limit: null,
    offset: null,
  };
  expect(await example.send('POST', '/flow_runs/filter', nulls)).toEqual({ status: 200, body: [] });
  const { flow } = await example.deploy();
  const deployment = { name: 'py', flow_id: flow.id, paused: null, tags: null, parameters: null, schedules: null, labels: null };
  expect((await example.send('POST', '/deployments/', deployment)).status).toBe(201);
});

it('answers 503 when the disk is full, keeps nothing of the request, and goes on serving', async () => {
  const example = await start({ maximumPages: 150 });
  const { deployment } = await example.deploy();
  const path = `/deployments/${deployment.id}/create_flow_run`;
  const parameters = { blob: 'x'.repeat(100_000) };
  let answer = await example.send('POST', path, { parameters });
  let kept = 0;
  for (; answer.status === 201; kept += 1) answer = await example.send('POST', path, { parameters });
  expect(kept).toBeGreaterThan(0);
  expect(answer).toMatchObject({
    status: 503,
    body: { detail: expect.stringMatching(/can't write its database: .*full.*Nothing of this request was stored/) },
  });
  expect(example.lines.join('\n')).toContain('full');
  expect((await example.client.countFlowRuns({ body: {} })).data).toBe(kept);
  expect((await example.client.health({})).data).toBe(true);
});

it('describes the API at /openapi.json, and answers 405 for a method that a path lacks', async () => {
  const example = await start();
  const { status, body } = await example.send('GET', '/openapi.json');
  expect(status).toBe(200);
  expect(body).toMatchObject({ openapi: '3.1.0', paths: { '/flow_runs/{id}/set_state': { post: expect.anything() } } });
  expect(await example.send('POST', '/health')).toEqual({ status: 405, body: { detail: 'Method Not Allowed' } });
  expect((await example.send('PATCH', '/nowhere', {})).status).toBe(404);
});
