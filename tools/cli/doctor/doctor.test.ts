import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { startCommand } from '../test-support/command.ts';
import { createStage, type Stage } from '../test-support/stage.ts';

const findings = z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), advice: z.string().optional() }));

describe('the doctor', () => {
  let on: Stage;
  beforeEach(async () => {
    on = await createStage();
    lock('package-lock.json', { zod: '4.6.7' });
    lock('node_modules/.package-lock.json', { zod: '4.6.7' });
    write('node_modules/@duckdb/node-api/package.json', '{"version":"1.5.5-r.5"}');
    write('requirements.txt', 'dbt-core==1.11.16\nduckdb==1.5.5  # as in package.json\ncolorama==0.4.6 ; sys_platform == "win32"\n');
    python({ 'dbt-core': '1.11.16', duckdb: '1.5.5' });
  });
  afterEach(() => on.close());

  function write(path: string, text: string): string {
    const file = join(on.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }
  function lock(path: string, versions: Readonly<Record<string, string>>): void {
    const packages = Object.entries(versions).map(([name, version]) => [`node_modules/${name}`, { version }]);
    write(path, JSON.stringify({ packages: { '': {}, ...Object.fromEntries(packages) } }));
  }
  /** creates a .venv with a stand-in for Python that reports these packages */
  function python(versions: Readonly<Record<string, string>>): void {
    const answer = JSON.stringify({ python: '3.12.1', versions });
    chmodSync(write('.venv/bin/python', `#!/bin/sh\necho '${answer}'\n`), 0o755);
  }
  const examine = async (env: Readonly<Record<string, string>> = {}) => {
    const { code, stdout, stderr } = await startCommand(['doctor', '--json'], { cwd: on.root, env }).ended;
    const found = findings.parse(JSON.parse(stdout));
    return { code, stderr, problems: found.filter(({ ok }) => !ok), found };
  };

  it('finds nothing wrong in a sound workspace', async () => {
    await on.deploy('a', 'b');
    await on.client.sendHeartbeat({ path: { pool: 'tributary' }, body: { name: 'one', heartbeat_interval_seconds: 10 } });
    const { code, problems, found } = await examine();
    expect(problems).toEqual([]);
    expect(code).toBe(0);
    expect(found.find(({ name }) => name === 'server')?.detail).toMatch(/Tributary .*claim/);
    expect(found.find(({ name }) => name === 'workers')?.detail).toBe('1 online: one (tributary)');
    const { stdout } = await startCommand(['doctor'], { cwd: on.root }).ended;
    expect(
      stdout
        .trim()
        .split('\n')
        .every((line) => line.startsWith('ok ')),
    ).toBe(true);
  });

  it('names each pool with deployments but without an online worker', async () => {
    await on.client.createWorkPool({ body: { name: 'heavy', type: 'tributary' } });
    await on.client.createWorkPool({ body: { name: 'unused', type: 'tributary' } });
    await on.client.createWorkPool({ body: { name: 'py pool', type: 'process' } });
    const workers = async () => (await examine()).found.find(({ name }) => name === 'workers');
    expect(await workers()).toMatchObject({ ok: false, advice: 'Start one: npx tributary worker start' });
    await on.deploy('a', 'b');
    await on.client.sendHeartbeat({ path: { pool: 'tributary' }, body: { name: 'one', heartbeat_interval_seconds: 30 } });
    expect(await workers()).toMatchObject({ ok: true });
    for (const pool of ['heavy', 'py pool']) await on.deploy('a', pool, { work_pool_name: pool });
    expect(await workers()).toEqual({
      name: 'workers',
      ok: false,
      detail: '1 online: one (tributary); runs in these work pools wait for a worker: heavy, py pool',
      advice: 'Start one: npx tributary worker start --pool heavy; prefect worker start --pool "py pool"',
    });
  });

  it('says how to solve each problem, and exits with 1', async () => {
    lock('node_modules/.package-lock.json', { zod: '4.0.0' });
    python({ 'dbt-core': '1.10.0', duckdb: '2.0.0' });
    const { code, problems } = await examine({ TRIBUTARY_API_URL: 'http://127.0.0.1:1/api' });
    expect(code).toBe(1);
    expect(problems).toMatchObject([
      { name: 'npm packages', detail: expect.stringContaining('zod'), advice: 'Run npm run setup.' },
      { name: 'python and dbt', detail: expect.stringContaining('dbt-core'), advice: 'Run npm run setup.' },
      { name: 'duckdb', detail: expect.stringContaining('1.5.5 in Node, 2.0.0 in Python') },
      { name: 'server', detail: expect.stringContaining('No server answers') },
    ]);
  });

  it('notices what is missing, and a file where the home folder should be', async () => {
    rmSync(join(on.root, '.venv'), { recursive: true });
    rmSync(join(on.root, 'node_modules'), { recursive: true });
    const { problems } = await examine({ TRIBUTARY_HOME: write('taken', '') });
    expect(problems.map(({ name }) => name)).toEqual(['npm packages', 'python and dbt', 'home folder', 'server']);
    expect(problems.find(({ name }) => name === 'home folder')?.detail).toMatch(/taken is a file$/);
  });
});
