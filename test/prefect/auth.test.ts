import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { installOn, type Installation } from '../support/installation.ts';
import { type Proxy, startProxy } from '../support/proxy.ts';
import { type Prefect, startPrefect } from '../support/prefect/server.ts';
import { nx, type Running } from '../support/process.ts';
import { marking, readMarks } from './marks.ts';

const secret = 'admin:a-secret-to-keep';
const encoded = Buffer.from(secret).toString('base64');

let prefect: Prefect;
let proxy: Proxy;
let on: Installation;
let marks: ReturnType<typeof readMarks>;

/** The server asks for a credential with each request, and also for a CSRF token with each write. */
beforeAll(async () => {
  prefect = await startPrefect({ authString: secret, csrf: true });
  proxy = await startProxy(prefect.url);
  on = await installOn({ TRIBUTARY_API_URL: proxy.url, PREFECT_API_AUTH_STRING: secret }, marking);
  marks = readMarks(on.workspace.home);
});
afterEach(() => {
  proxy.fault = () => undefined;
});
afterAll(async () => {
  await on?.close();
  await proxy?.close();
  await prefect?.stop();
});

async function startWorker(name: string): Promise<Running> {
  const worker = await on.startWorker(name, ['--heartbeat-seconds', '1']);
  onTestFinished(async () => void (await worker.stop()));
  return worker;
}
const environment = (extra: Record<string, string>) => ({ TRIBUTARY_API_URL: proxy.url, TRIBUTARY_HOME: on.workspace.home, ...extra });
const deploy = (extra: Record<string, string>) =>
  nx(['run', 'ints-marks:deploy'], { cwd: on.workspace.root, env: environment(extra) }).ended;

describe('on a server with an auth string and CSRF protection', () => {
  it('everything works with PREFECT_API_AUTH_STRING: deploy, worker, run, commands; user code has no credential', async () => {
    const deployed = await deploy({ PREFECT_API_AUTH_STRING: secret });
    expect(deployed.stdout + deployed.stderr).toContain('create work/here');
    expect(deployed.code).toBe(0);
    const worker = await startWorker('trusted');
    const watched = await on.command(['deployment', 'run', 'work/here', '--param', 'mark=auth', '--param', 'seconds=1', '--watch']).ended;
    expect(watched).toMatchObject({ code: 0, stdout: expect.stringContaining('Completed') });
    const [begun] = marks.begun('auth');
    expect(JSON.stringify(begun?.env)).not.toContain('a-secret-to-keep');
    expect(JSON.stringify(begun?.env)).not.toContain(encoded);
    const { stdout } = await on.command(['secret', 'set', 'mine'], { input: 'value-of-it' }).ended;
    expect(stdout).toContain('mine');
    const said = [deployed.stdout, deployed.stderr, watched.stdout, watched.stderr, worker.output()].join('\n');
    expect(said).not.toContain('a-secret-to-keep');
    expect(said).not.toContain(encoded);
    const tokens = proxy.requests.filter(({ path }) => path.startsWith('/csrf-token'));
    expect(tokens.length).toBeGreaterThan(0);
    // One token per client, not one per write.
    expect(tokens.length).toBeLessThan(12);
  });

  it('a token that the server has dropped is replaced in the middle of a run', async () => {
    await startWorker('forgetful');
    const id = await on.trigger('work/here', { mark: 'forgotten', seconds: 2 });
    await marks.started('forgotten');
    const from = performance.now();
    const database = new DatabaseSync(join(prefect.home, 'prefect.db'), { timeout: 10_000 });
    expect(database.prepare('DELETE FROM csrf_token').run().changes).toBeGreaterThan(0);
    database.close();
    expect(await on.ended(id, 60)).toMatchObject({ state_type: 'COMPLETED' });
    expect(proxy.requests.filter(({ at, path }) => at > from && path.startsWith('/csrf-token')).length).toBeGreaterThan(0);
  });

  it.each([
    [{ PREFECT_API_AUTH_STRING: 'admin:a-wrong-one' }, /refused the credential in PREFECT_API_AUTH_STRING/],
    [{ PREFECT_API_KEY: 'pnu_a-wrong-one' }, /refused the credential in PREFECT_API_KEY/],
    [{}, /asks for a credential: set PREFECT_API_AUTH_STRING or PREFECT_API_KEY/],
  ])('%o is refused with a sentence and exit 1 by worker start, deployment ls and deploy', async (credential, sentence) => {
    const env = { PREFECT_API_AUTH_STRING: '', ...credential };
    const endings = await Promise.all([
      on.command(['worker', 'start', '--name', 'wrong'], { env }).ended,
      on.command(['deployment', 'ls'], { env }).ended,
      deploy(env),
    ]);
    for (const { code, stdout, stderr } of endings) {
      expect(stdout + stderr).toMatch(sentence);
      expect(stdout + stderr).not.toContain('a-wrong-one');
      expect(stdout + stderr).not.toContain(Buffer.from('admin:a-wrong-one').toString('base64'));
      expect(code).toBe(1);
    }
  });

  it('a worker whose credential is revoked says so once, retries slowly, and continues when the credential is valid again', async () => {
    const worker = await startWorker('revoked');
    const id = await on.trigger('work/here', { mark: 'revoked', seconds: 3 });
    await marks.started('revoked');
    const from = performance.now();
    proxy.fault = () => ({ status: 401, body: '{"exception_message":"Unauthorized"}' });
    await worker.printed(/refuses the credential in PREFECT_API_AUTH_STRING/);
    await sleep(8000);
    expect(worker.output().match(/refuses the credential/g)).toHaveLength(1);
    expect(worker.output()).not.toContain('a-secret-to-keep');
    const asked = proxy.requests.filter(({ at, path }) => at > from && path.endsWith('/get_scheduled_flow_runs')).length;
    expect(asked).toBeLessThan(9);
    proxy.fault = () => undefined;
    await worker.printed(/The server answers again/, 40_000);
    expect((await on.ended(id, 60)).state_type).toMatch(/COMPLETED|CRASHED/);
  });
});

it('for a URL without /api, the message suggests the one with it', async () => {
  const env = { TRIBUTARY_API_URL: prefect.url.replace('/api', '') };
  const { code, stderr } = await on.command(['deployment', 'ls'], { env }).ended;
  expect(stderr).toContain(`Did you mean ${prefect.url}?`);
  expect(code).toBe(1);
});
