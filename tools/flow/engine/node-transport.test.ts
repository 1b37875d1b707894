import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Server } from 'node:net';

import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;
const servers: Server[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-proxy-'));
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await rm(folder, { recursive: true });
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

/** An https API that only the proxy can reach. */
async function hidden(): Promise<{ proxy: string; asked: string[]; certificate: string }> {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = ['-subj', '/CN=api.example.test', '-addext', 'subjectAltName=DNS:api.example.test'];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...names, '-keyout', key, '-out', certificate, '-days', '1'];
  execFileSync('openssl', made, { stdio: 'ignore' });
  const api = await listen(
    createSecureServer({ key: await readFile(key), cert: await readFile(certificate) }, (_, response) => response.end('true')),
  );
  const asked: string[] = [];
  const proxy = createServer().on('connect', ({ url }, client, head) => {
    asked.push(url ?? '');
    const onward = connect(api, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.write(head);
      onward.pipe(client).pipe(onward);
    });
  });
  return { proxy: `http://127.0.0.1:${await listen(proxy)}`, asked, certificate };
}

/** Requests the API in a process with its own environment, and returns the answer's text or the error's code. */
async function ask(env: Readonly<Record<string, string>>): Promise<string> {
  const program = `
    import { nodeTransport } from ${JSON.stringify(new URL('./node-transport.ts', import.meta.url).href)};
    const request = { method: 'GET', url: 'https://api.example.test/api/health', headers: {}, timeout: 5000 };
    await nodeTransport(request).then(({ text }) => console.log(text), (error) => console.log(error.code));
    process.exit();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', program], { env });
  return stdout.trim();
}

it('an https API is reached through HTTPS_PROXY, unless NO_PROXY names its host', async () => {
  const { proxy, asked, certificate } = await hidden();
  const env = { HTTPS_PROXY: proxy, NODE_EXTRA_CA_CERTS: certificate };
  expect(await ask(env)).toBe('true');
  expect(asked).toEqual(['api.example.test:443']);
  expect(await ask({ ...env, NO_PROXY: '.example.test' })).toMatch(/ENOTFOUND|EAI_AGAIN/);
  expect(asked).toHaveLength(1);
});
