import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

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
    const { code, stdout, stderr } = await on.command(['doctor', '--json'], { env });
    const found = findings.parse(JSON.parse(stdout));
    return { code, stderr, problems: found.filter(({ ok }) => !ok), found };
  };

  it('finds nothing wrong in a sound workspace', async () => {
    await on.deploy('a', 'b');
    await on.client.sendHeartbeat({ path: { pool: 'tributary' }, body: { name: 'one', heartbeat_interval_seconds: 10 } });
    const { code, problems, found } = await examine();
    expect(problems).toEqual([]);
    expect(code).toBe(0);
    expect(found.find(({ name }) => name === 'server')?.detail).toMatch(/^Tributary \S+ at http:\S+ \(this workspace's own server\)$/);
    expect(found.find(({ name }) => name === 'workers')?.detail).toBe('1 online: one (work pool tributary)');
    const { stdout } = await on.command(['doctor']);
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
      detail: '1 online: one (work pool tributary); runs in these work pools wait for a worker: heavy, py pool',
      advice: "Start one: npx tributary worker start --pool heavy; prefect worker start --pool 'py pool'",
    });
  });

  it('names the deployments of this workspace that nothing declares, and only if it can know', async () => {
    const owned = (flow: string, workspace = 'local') => ({
      labels: { 'tributary.workspace': workspace, 'tributary.project': 'ints-crm', 'tributary.flow': flow },
    });
    await on.deploy('export', 'crm', owned('export'));
    await on.deploy('export', 'gone', owned('export'));
    await on.deploy('export', 'theirs', owned('export', 'acme/sales'));
    await on.deploy('export', 'by-hand');
    write('ints/crm/deployments.ts', 'throw new Error("never imported");\n');
    const found = async () => (await examine()).found.find(({ name }) => name === 'deployments');
    expect(await found()).toBeUndefined();
    write('ints/crm/deployments.gen.ts', "interface Deployments { 'export/crm': {}; }\n");
    expect(await found()).toMatchObject({
      ok: true,
      detail: 'no deployments.ts declares export/gone',
      advice: expect.stringContaining('forget'),
    });
    write('ints/other/deployments.ts', '');
    expect(await found()).toBeUndefined();
    write('ints/other/deployments.gen.ts', "interface Deployments { 'export/gone': {}; }\n");
    expect(await found()).toBeUndefined();
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

  it('says which packages of ints/package.json are not installed', async () => {
    const list = (...names: string[]) =>
      write('ints/package.json', JSON.stringify({ dependencies: Object.fromEntries(names.map((each) => [each, '*'])) }));
    const packages = async () => (await examine()).found.find(({ name }) => name === 'npm packages');
    write('node_modules/pg/package.json', '{}');
    write('ints/node_modules/yaml/package.json', '{}');
    list('pg', 'yaml');
    expect(await packages()).toMatchObject({ ok: true });
    list('pg', 'yaml', 'left-pad');
    expect(await packages()).toMatchObject({
      ok: false,
      detail: 'not installed, but listed in ints/package.json: left-pad',
      advice: 'Run npm install.',
    });
    write('ints/package.json', '<<<<<<< HEAD');
    expect(await packages()).toMatchObject({ ok: false, detail: expect.stringContaining("ints/package.json can't be read") });
  });

  it('compares the versions of packages that only integrations have', async () => {
    const entry = (version: string) => JSON.stringify({ packages: { 'ints/node_modules/yaml': { version } } });
    write('package-lock.json', entry('2.8.0'));
    write('node_modules/.package-lock.json', entry('2.7.0'));
    expect((await examine()).problems).toContainEqual(expect.objectContaining({ detail: '1 differs from package-lock.json: yaml' }));
  });

  it('says which file with Python packages has changed since .venv was installed', async () => {
    const pins = readFileSync(join(on.root, 'requirements.txt'), 'utf8');
    const stamp = (...texts: string[]) =>
      write('.venv/.setup', texts.map((text) => createHash('sha256').update(text).digest('hex')).join('\n'));
    const python3 = async () => (await examine()).found.find(({ name }) => name === 'python and dbt');
    const changed = (files: string) => ({
      ok: false,
      detail: `.venv is out of date: ${files} changed since it was installed`,
      advice: 'Run npm run setup.',
    });

    const local = write('ints/requirements.local.txt', 'pandas\n');
    expect(await python3()).toMatchObject(changed('ints/requirements.local.txt has'));
    stamp(pins);
    expect(await python3()).toMatchObject(changed('ints/requirements.local.txt has'));
    stamp(pins, 'pandas\n');
    expect(await python3()).toMatchObject({ ok: true });
    rmSync(local);
    expect(await python3()).toMatchObject(changed('ints/requirements.local.txt has'));
    stamp(pins);
    expect(await python3()).toMatchObject({ ok: true });
    stamp('older pins', 'pandas\n');
    expect(await python3()).toMatchObject(changed('requirements.txt and ints/requirements.local.txt have'));
  });

  it('notices what is missing, and a file where the home folder should be', async () => {
    rmSync(join(on.root, '.venv'), { recursive: true });
    rmSync(join(on.root, 'node_modules'), { recursive: true });
    const { problems } = await examine({ TRIBUTARY_HOME: write('taken', '') });
    expect(problems.map(({ name }) => name)).toEqual(['npm packages', 'python and dbt', 'home folder', 'server']);
    expect(problems.find(({ name }) => name === 'home folder')?.detail).toMatch(/taken is a file$/);
  });
});
