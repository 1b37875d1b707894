import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { patience } from '@tributary/contract/client';
import { routes } from '@tributary/contract/routes';

import { connect } from './connect.ts';
import { resolveEngine } from './resolve-engine.ts';

const boot = '6a7f3f0e-50a6-4cf1-9f4b-2e3f2f3c1a10';
const servers: Server[] = [];
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tributary-engine-'));
  await writeFile(join(root, 'nx.json'), '{}');
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await rm(root, { recursive: true, force: true });
});

interface Answer {
  status: number;
  body: string;
  headers?: Record<string, string>;
}

/** Starts a server, and returns its API's URL and the credentials that it got. */
async function serve(answer: (call: string, authorization: string | undefined) => Answer): Promise<{ url: string; sent: Set<string> }> {
  const sent = new Set<string>();
  const server = createServer((request, response) => {
    if (request.headers.authorization) sent.add(request.headers.authorization);
    const { status, body, headers } = answer(`${request.method} ${request.url}`, request.headers.authorization);
    response.writeHead(status, headers).end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/api`, sent };
}

const tributary = (authString?: string) =>
  serve((call, authorization) => {
    if (call === 'GET /api/health') return { status: 200, body: 'true', headers: { 'tributary-boot': boot } };
    if (authString && authorization !== `Basic ${btoa(authString)}`) return { status: 401, body: '{"detail":"Unauthorized"}' };
    if (call === 'GET /api/tributary') return { status: 200, body: '{"version":"0.1.0","features":["claim","long-poll"]}' };
    return { status: 404, body: '{"detail":"Not Found"}' };
  });

const prefect = (authorization?: string) =>
  serve((call, given) => {
    if (call === 'GET /api/health') return { status: 200, body: 'true' };
    if (authorization && given !== authorization) return { status: 401, body: '{"exception_message":"Unauthorized"}' };
    if (call === 'POST /api/flows/count') return { status: 200, body: '3' };
    if (call === 'GET /api/admin/version') return { status: 200, body: '"3.8.8"' };
    return { status: 404, body: '{"detail":"Not Found"}' };
  });

async function writeServerFile(content: unknown): Promise<void> {
  await mkdir(join(root, '.tributary'), { recursive: true });
  await writeFile(join(root, '.tributary', 'server.json'), typeof content === 'string' ? content : JSON.stringify(content));
}

it('without a URL and a running server, the error says how to start one', async () => {
  await expect(resolveEngine({ access: 'write', cwd: root, env: {} })).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringMatching(/npx tributary dev.*npx tributary server start/),
  });
});

it('finds the running server of the workspace from a subfolder', async () => {
  const { url } = await tributary();
  await writeServerFile({ url, pid: process.pid, boot });
  await mkdir(join(root, 'ints/dbt'), { recursive: true });
  expect(await resolveEngine({ access: 'write', cwd: join(root, 'ints/dbt'), env: {} })).toEqual({
    url,
    kind: 'embedded',
    credential: null,
    features: ['claim', 'long-poll'],
  });
});

it.each([
  ['with the boot id of an earlier server', { boot: '00000000-0000-4000-8000-000000000000' }],
  ['with a port where no server listens', { url: 'http://127.0.0.1:1/api' }],
])('a server file %s counts as no server', async (_, change) => {
  const { url } = await tributary();
  await writeServerFile({ url, pid: process.pid, boot, ...change });
  await expect(resolveEngine({ access: 'read', cwd: root, env: {} })).rejects.toMatchObject({ code: 'unreachable' });
});

it('a truncated server file counts as no server', async () => {
  await writeServerFile('{"url": "http://127');
  await expect(resolveEngine({ access: 'read', cwd: root, env: {} })).rejects.toMatchObject({ code: 'unreachable' });
});

it('TRIBUTARY_HOME moves the server file', async () => {
  const { url } = await tributary();
  await writeServerFile({ url, pid: process.pid, boot });
  const env = { TRIBUTARY_HOME: join(root, '.tributary') };
  expect(await resolveEngine({ access: 'read', cwd: tmpdir(), env })).toMatchObject({ url, kind: 'embedded' });
});

it('a command outside a workspace is refused', async () => {
  await expect(resolveEngine({ access: 'read', cwd: tmpdir(), env: {} })).rejects.toMatchObject({ code: 'misuse' });
});

it('TRIBUTARY_API_URL names a Tributary server, and only its own credential is sent there', async () => {
  const { url, sent } = await tributary('me:secret');
  const env = { TRIBUTARY_API_URL: `${url}/`, TRIBUTARY_API_AUTH_STRING: 'me:secret', PREFECT_API_KEY: 'pnu_123' };
  expect(await resolveEngine({ access: 'write', cwd: root, env })).toEqual({
    url,
    kind: 'tributary',
    authorization: `Basic ${btoa('me:secret')}`,
    credential: { variable: 'TRIBUTARY_API_AUTH_STRING', scheme: 'Basic' },
    features: ['claim', 'long-poll'],
  });
  expect([...sent]).toEqual([`Basic ${btoa('me:secret')}`]);
});

it('TRIBUTARY_API_URL may name a Prefect server', async () => {
  const { url, sent } = await prefect('Bearer pnu_123');
  const env = { TRIBUTARY_API_URL: url, TRIBUTARY_API_AUTH_STRING: 'me:secret', PREFECT_API_KEY: 'pnu_123' };
  expect(await resolveEngine({ access: 'write', cwd: root, env })).toMatchObject({
    kind: 'prefect',
    credential: { variable: 'PREFECT_API_KEY', scheme: 'Bearer' },
    features: [],
  });
  expect([...sent]).toEqual(['Bearer pnu_123']);
});

it.each([
  [{}, /asks for a credential: set TRIBUTARY_API_AUTH_STRING/],
  [{ TRIBUTARY_API_AUTH_STRING: 'me:wrong' }, /refused the credential in TRIBUTARY_API_AUTH_STRING/],
])('a refused credential is reported by the name of its variable, without its value (%o)', async (env, message) => {
  const { url } = await tributary('me:secret');
  const thrown = await resolveEngine({ access: 'read', cwd: root, env: { TRIBUTARY_API_URL: url, ...env } }).catch(
    (error: unknown) => error,
  );
  expect(thrown).toMatchObject({ code: 'unauthorized', message: expect.stringMatching(message) });
  expect(String(thrown)).not.toContain('me:wrong');
});

it.each([
  ['not a url', 'misuse', /TRIBUTARY_API_URL should be the URL of an API.*"not a url"/],
  ['ftp://127.0.0.1/api', 'misuse', /http:\/\/ or https:\/\//],
  ['http://me:secret@127.0.0.1:1/api', 'misuse', /TRIBUTARY_API_AUTH_STRING/],
  ['http://127.0.0.1:1/api', 'unreachable', /No server answers at http:\/\/127\.0\.0\.1:1\/api \(from TRIBUTARY_API_URL\)/],
])('a wrong URL %s is explained', async (url, code, message) => {
  const thrown = await resolveEngine({ access: 'read', cwd: root, env: { TRIBUTARY_API_URL: url } }).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(String(thrown)).not.toContain('secret@');
});

it('a web page is refused, and a missing /api is suggested', async () => {
  const page = await serve(() => ({ status: 200, body: '<!doctype html><p>hello' }));
  const url = page.url.replace('/api', '');
  await expect(resolveEngine({ access: 'read', cwd: root, env: { TRIBUTARY_API_URL: url } })).rejects.toMatchObject({
    code: 'bad_answer',
    message: expect.stringMatching(/isn't the API of a Tributary or Prefect server.*Did you mean http:.*\/api\?/),
  });
});

/** A stand-in for Prefect Cloud: it answers only the routes of one workspace, and refuses other workspaces with 403 or 404. */
const cloud = async (path: string) => {
  const { url, sent } = await serve((call, given) => {
    if (given !== 'Bearer pnu_123') return { status: 401, body: '{"detail":"Invalid authentication credentials"}' };
    if (call === `POST ${path}/flows/count`) return { status: 200, body: '3' };
    if (call.includes('/workspaces/other/')) return { status: 403, body: '{"detail":"Not authorized for this workspace"}' };
    return { status: 404, body: '{"detail":"Not Found"}' };
  });
  return { base: url.replace('/api', ''), sent };
};
const workspace = '/api/accounts/6a7f3f0e-50a6-4cf1-9f4b-2e3f2f3c1a10/workspaces/7b7f3f0e-50a6-4cf1-9f4b-2e3f2f3c1a10';

it('a workspace of Prefect Cloud is a Prefect server without a version, and gets its key', async () => {
  const { base, sent } = await cloud(workspace);
  const env = { TRIBUTARY_API_URL: `${base}${workspace}/`, PREFECT_API_KEY: 'pnu_123' };
  expect(await resolveEngine({ access: 'write', cwd: root, env })).toEqual({
    url: `${base}${workspace}`,
    kind: 'prefect',
    authorization: 'Bearer pnu_123',
    credential: { variable: 'PREFECT_API_KEY', scheme: 'Bearer' },
    features: [],
  });
  expect([...sent]).toEqual(['Bearer pnu_123']);
});

it.each([
  ['a wrong key', workspace, 'pnu_wrong', 'unauthorized', /refused the credential in PREFECT_API_KEY/],
  ['a workspace that the key is not for', '/api/accounts/mine/workspaces/other', 'pnu_123', 'unauthorized', /refused the credential/],
  ['an unknown workspace', '/api/accounts/mine/workspaces/none', 'pnu_123', 'not_found', /no workspace at .* for this key/],
])('%s of Prefect Cloud is explained, without the key', async (_, path, key, code, message) => {
  const { base } = await cloud(workspace);
  const env = { TRIBUTARY_API_URL: `${base}${path}`, PREFECT_API_KEY: key };
  const thrown = await resolveEngine({ access: 'write', cwd: root, env }).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(String(thrown)).not.toContain(key);
});

it.each([
  [429, 'too_many_requests', /answers 429 \(too many requests\).*Try again later/],
  [502, 'server_error', /answers 502.*Try again later/],
])('a server that keeps answering %i fails the command after five seconds', async (status, code, message) => {
  const { url } = await serve(() => ({ status, body: '<html>', headers: { 'retry-after': '2' } }));
  const begin = performance.now();
  await expect(resolveEngine({ access: 'read', cwd: root, env: { TRIBUTARY_API_URL: url } })).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
  expect(performance.now() - begin).toBeLessThan(7_000);
});

it('a server that is busy for a moment does not fail the command', async () => {
  let busy = 2;
  const { url } = await serve((call) => {
    if ((busy -= 1) >= 0) return { status: 503, body: '' };
    if (call === 'GET /api/health') return { status: 200, body: 'true', headers: { 'tributary-boot': boot } };
    return { status: 200, body: '{"version":"0.1.0","features":[]}' };
  });
  expect(await resolveEngine({ access: 'read', cwd: root, env: { TRIBUTARY_API_URL: url } })).toMatchObject({ kind: 'tributary' });
});

const versioned = (version: string) =>
  serve((call) => {
    if (call === 'GET /api/health') return { status: 200, body: 'true' };
    if (call === 'POST /api/flows/count') return { status: 200, body: '3' };
    return call === 'GET /api/admin/version' ? { status: 200, body: JSON.stringify(version) } : { status: 404, body: '{}' };
  });

it('Prefect 2 is refused as too old', async () => {
  const { url } = await versioned('2.20.4');
  await expect(resolveEngine({ access: 'read', cwd: root, env: { TRIBUTARY_API_URL: url } })).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringMatching(/is Prefect 2\.20\.4.*upgrade the server/),
  });
});

it.each(['3.9.0.dev3', '4.1.0'])('Prefect %s is used without a note', async (version) => {
  const { url } = await versioned(version);
  expect(await resolveEngine({ access: 'read', cwd: root, env: { TRIBUTARY_API_URL: url } })).not.toHaveProperty('note');
});

it('an unknown version is used with a note', async () => {
  const { url } = await versioned('0+unknown');
  expect(await resolveEngine({ access: 'read', cwd: root, env: { TRIBUTARY_API_URL: url } })).toMatchObject({
    kind: 'prefect',
    note: expect.stringMatching(/an unknown version \(0\+unknown\)/),
  });
});

it('an untrusted certificate fails with a remedy', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-keyout', key, '-out', cert, '-days', '1'],
    { stdio: 'ignore' },
  );
  const server = createSecureServer({ key: await readFile(key), cert: await readFile(cert) }, (_, response) => void response.end('true'));
  await rm(folder, { recursive: true });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : '';
  await expect(
    resolveEngine({ access: 'read', cwd: root, env: { TRIBUTARY_API_URL: `https://localhost:${port}/api` } }),
  ).rejects.toMatchObject({ code: 'unreachable', message: expect.stringMatching(/self-signed certificate.*NODE_EXTRA_CA_CERTS/) });
  server.close();
});

it('https to a server that speaks http fails with a message of one line', async () => {
  const { url } = await serve(() => ({ status: 200, body: 'true' }));
  const secure = url.replace('http:', 'https:');
  await expect(resolveEngine({ access: 'read', cwd: root, env: { TRIBUTARY_API_URL: secure } })).rejects.toMatchObject({
    code: 'unreachable',
    message: `No server answers at ${secure} (from TRIBUTARY_API_URL). Does the server speak http:// rather than https://?`,
  });
});

it('PREFECT_API_URL alone is read from, with a note', async () => {
  const { url } = await prefect();
  expect(await resolveEngine({ access: 'read', cwd: root, env: { PREFECT_API_URL: url } })).toMatchObject({
    kind: 'prefect',
    note: expect.stringContaining('PREFECT_API_URL'),
  });
});

it('PREFECT_API_URL alone is not written to without a confirmation', async () => {
  const { url } = await prefect();
  const env = { PREFECT_API_URL: url };
  await expect(resolveEngine({ access: 'write', cwd: root, env })).rejects.toMatchObject({
    code: 'misuse',
    message: expect.stringMatching(/--engine prefect/),
  });
  expect(await resolveEngine({ access: 'write', cwd: root, env, engine: 'prefect' })).toMatchObject({ url, kind: 'prefect' });
  await writeFile(join(root, 'nx.json'), '{"tributary": {"engine": "prefect"}}');
  expect(await resolveEngine({ access: 'write', cwd: root, env })).toMatchObject({ url, kind: 'prefect' });
});

it('nx.json may choose the embedded server over PREFECT_API_URL', async () => {
  const { url } = await tributary();
  await writeServerFile({ url, pid: process.pid, boot });
  await writeFile(join(root, 'nx.json'), '{"tributary": {"engine": "embedded"}}');
  const env = { PREFECT_API_URL: 'http://127.0.0.1:1/api' };
  expect(await resolveEngine({ access: 'write', cwd: root, env })).toMatchObject({ url, kind: 'embedded' });
});

it('a request succeeds although the server closed the kept connection', async () => {
  const { url } = await tributary();
  const client = connect(routes, { url }, { patience: patience.none });
  await client.readTributary({});
  for (const server of servers) server.closeIdleConnections();
  expect((await client.readTributary({})).data.features).toContain('claim');
});

it('an abort and a timeout end a request that hangs', async () => {
  const server = createServer(() => {});
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/api`;
  const client = connect(routes, { url }, { patience: patience.none });
  await expect(client.readTributary({ timeout: 50 })).rejects.toThrow(/did not answer within 0\.05 s/);
  await expect(client.readTributary({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: 'TimeoutError' });
});
