import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { inspect, promisify } from 'node:util';

import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';

import { isTemporary } from '../fetch/explain-failure.ts';
import { addFakeUv } from '../test-support/fake-uv.ts';
import { type Registry, type SampleOptions, sampleWorkspace, startRegistry } from '../test-support/sample-workspace.ts';
import { openStage, type Stage, token } from '../test-support/stage.ts';

type OnTestFinished = (end: () => Promise<void>) => void;

async function openWorkspace(onTestFinished: OnTestFinished, options: Omit<SampleOptions, 'registry'> = {}) {
  const [stage, registry] = await Promise.all([openStage(onTestFinished), startRegistry()]);
  onTestFinished(registry.close);
  const commit = await stage.push(sampleWorkspace({ registry, ...options }));
  return { stage, registry, commit };
}

/** Runs the integration of a tree. @returns what it saw: its framework, the framework's file, and its package's file */
const runIn = (root: string): unknown =>
  JSON.parse(execFileSync(process.execPath, [join(root, 'ints/shop/flow.ts')], { encoding: 'utf8' }));

/** Puts the Node of this process before all others, as the store does. */
const installPath = (stage: Stage): string => [dirname(process.execPath), stage.env['PATH']].join(delimiter);

const takeOf = (stage: Stage, commit: string) => stage.open().take(stage.code(commit, 'ints/shop'), { token, tell: stage.tell });

/** The sample with other entries in its lockfile. @param workspaces packages that replace or join those of the sample */
function withPackages(registry: Registry, workspaces: Readonly<Record<string, object>>) {
  const files = sampleWorkspace({ registry });
  const lock: unknown = files['package-lock.json'];
  const { packages, ...rest } = z
    .object({ packages: z.record(z.string(), z.unknown()) })
    .loose()
    .parse(lock);
  const lockfile = (more: object) => ({ ...rest, packages: { ...packages, ...workspaces, ...more } });
  const ints = workspaces['ints'] ? { 'ints/package.json': workspaces['ints'] } : {};
  return { files: { ...files, ...ints }, lockfile };
}

describe.concurrent('the packages of a commit', () => {
  it("are those of its lockfile, its framework is the commit's own, and install scripts don't run", async ({ onTestFinished }) => {
    const { stage, registry, commit } = await openWorkspace(onTestFinished);
    const first = await takeOf(stage, commit);
    const store = realpathSync(stage.dir);
    const [key] = readdirSync(join(store, 'packages'));
    const tiny = join(store, 'packages', key ?? '', 'node_modules/tiny');
    expect(first.framework?.startsWith(join(store, 'frameworks'))).toBe(true);
    expect(runIn(first.root)).toEqual([
      'flow 0.1.0, contract 0.1.0, tiny 1.0.0',
      join(first.framework ?? '', 'tools/flow/index.ts'),
      join(tiny, 'index.js'),
    ]);
    expect(existsSync(join(tiny, 'built'))).toBe(false);
    expect(registry.seen).toEqual(['/tiny.tgz']);
    expect(readdirSync(join(first.framework ?? '', 'tools')).toSorted()).toEqual(['contract', 'flow']);
    expect(stage.lines).toEqual([
      `Fetching commit ${commit.slice(0, 12)} of ${stage.url}.`,
      `Installing the packages of commit ${commit.slice(0, 12)} of ${stage.url}. This happens once for each package-lock.json.`,
      expect.stringMatching(/^Installed the packages in \d+\.\d s\.$/),
    ]);

    // Another framework with the same packages: both stay.
    const next = await stage.push(sampleWorkspace({ registry, framework: '0.1.0' }), {});
    await stage.push({ 'tools/contract/index.ts': "export const contract: string = 'contract, changed';\n" });
    const changed = await stage.git('rev-parse', 'HEAD');
    const second = await takeOf(stage, changed);
    expect(runIn(second.root)).toMatchObject({ 0: 'flow 0.1.0, contract, changed, tiny 1.0.0' });
    expect(runIn(first.root)).toMatchObject({ 0: 'flow 0.1.0, contract 0.1.0, tiny 1.0.0' });
    expect(registry.seen.length).toBe(1);
    expect((await takeOf(stage, next)).framework).toBe(first.framework);
    expect(readdirSync(join(store, 'packages'))).toEqual([key]);
  });

  it('cost no request if the worker has installed them, and are those of the registry, not what was edited since', async ({
    onTestFinished,
  }) => {
    const { stage, registry, commit } = await openWorkspace(onTestFinished);
    const workspace = join(stage.folder, 'files');
    const args = ['ci', '--omit=dev', '--omit=optional', '--workspace=ints', '--ignore-scripts', '--no-audit'];
    await promisify(execFile)('npm', args, { cwd: workspace, env: { ...stage.env, PATH: installPath(stage) } });
    expect(registry.seen).toEqual(['/tiny.tgz']);
    writeFileSync(join(workspace, 'node_modules/tiny/index.js'), "exports.tiny = 'edited';\n");
    await registry.close();
    const held = await takeOf(stage, commit);
    expect(runIn(held.root)).toMatchObject({ 0: 'flow 0.1.0, contract 0.1.0, tiny 1.0.0' });
    expect(registry.seen.length).toBe(1);
  });

  it('that the framework needs must be in the commit itself', async ({ onTestFinished }) => {
    const { stage } = await openWorkspace(onTestFinished);
    await stage.git('rm', '-rq', '--cached', 'tools/flow');
    await stage.git('update-index', '--add', '--cacheinfo', `160000,${'a'.repeat(40)},tools/flow`);
    await stage.git('commit', '-q', '-m', 'Move the framework into a submodule');
    const commit = await stage.git('rev-parse', 'HEAD');
    await expect(takeOf(stage, commit)).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringMatching(/^There is no folder tools\/flow in commit .* which its package-lock\.json names\. Commit the folder/),
    });
    expect(readdirSync(join(stage.dir, 'trees'))).toEqual([]);
  });

  it('that a lockfile lacks are refused with what to do, and leave nothing', async ({ onTestFinished }) => {
    const { stage, registry } = await openWorkspace(onTestFinished);
    registry.setStatus(404);
    const lockfile: unknown = JSON.parse(await stage.git('show', 'HEAD:package-lock.json'));
    const commit = await stage.push({ 'package-lock.json': JSON.stringify(lockfile).replace('"tiny":"1.0.0"', '"tiny":"2.0.0"') });
    const env = { ...stage.env, npm_config_registry: registry.url };
    const error = await stage
      .open({ env })
      .take(stage.code(commit, 'ints/shop'), { token })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'crashed',
      message: expect.stringMatching(/The packages of commit .* can't be installed: npm ended with exit code 1\. Run npm ci in a clone/),
    });
    for (const kind of ['packages', 'trees', 'frameworks', 'work']) expect(readdirSync(join(stage.dir, kind))).toEqual([]);
  });

  it("come from a private registry with the worker's variable that .npmrc names, which no message has", async ({ onTestFinished }) => {
    const { stage, registry } = await openWorkspace(onTestFinished);
    const { host } = new URL(registry.url);
    const npmrc = `//${host}/:_authToken=\${REGISTRY_TOKEN}\nuser-agent=\${TRIBUTARY_API_KEY}\n`;
    const commit = await stage.push({ '.npmrc': npmrc });
    const env = { ...stage.env, REGISTRY_TOKEN: 'npm_11SECRET', TRIBUTARY_API_KEY: 'hidden' };
    const take = () => stage.open({ env }).take(stage.code(commit, 'ints/shop'), { token, tell: stage.tell });
    registry.setStatus(401);
    const error: unknown = await take().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'unauthorized',
      message: expect.stringMatching(
        /The packages of commit .* The registry refuses the worker\. Check the worker's variables: those that \.npmrc names/,
      ),
    });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('SECRET');
    registry.setStatus(200);
    expect(runIn((await take()).root)).toMatchObject({ 0: 'flow 0.1.0, contract 0.1.0, tiny 1.0.0' });
    expect(new Set(registry.authorizations)).toEqual(new Set(['Bearer npm_11SECRET']));
    expect(stage.lines.join('\n')).not.toContain('SECRET');
  });

  it("can't be known without a package.json, which is said", async ({ onTestFinished }) => {
    const { stage } = await openWorkspace(onTestFinished);
    await stage.git('rm', '-q', 'package.json');
    await stage.git('commit', '-q', '-m', 'Remove it');
    await expect(takeOf(stage, await stage.git('rev-parse', 'HEAD'))).rejects.toMatchObject({
      code: 'crashed',
      message: expect.stringMatching(/^package\.json of commit .* is missing or can't be read.* with npm install, commit both/),
    });
  });

  it.for<[Readonly<Record<string, boolean>>, boolean]>([
    [{ 'tiny@1.0.0': true }, true],
    [{ 'tiny@0.9.0 || 1': true }, true],
    [{ 'tiny@2.0.0': true }, false],
    [{ tiny: true, 'tiny@1.0.0': false }, false],
  ])('run install scripts of the versions that %j allows', async ([allowScripts, runs], { onTestFinished }) => {
    const { stage, commit } = await openWorkspace(onTestFinished, { allowScripts });
    const { root } = await takeOf(stage, commit);
    expect(existsSync(join(root, 'node_modules/tiny/built'))).toBe(runs);
  });

  it('are those of integrations that are packages of their own, too', async ({ onTestFinished }) => {
    const { stage, registry } = await openWorkspace(onTestFinished);
    const { lockfile, files } = withPackages(registry, {
      'ints/own': { name: 'own', dependencies: { late: '1' } },
      'node_modules/own': { resolved: 'ints/own', link: true },
    });
    const late = (version: string) => ({
      'node_modules/late': { version, resolved: `${registry.url}/tiny.tgz?${version}`, integrity: registry.integrity },
    });
    const found = [];
    for (const version of ['1.0.0', '1.0.1']) {
      const commit = await stage.push({
        ...files,
        'package.json': { workspaces: ['ints', 'ints/*', 'tools/*'] },
        'ints/own/package.json': { name: 'own' },
        'package-lock.json': lockfile(late(version)),
      });
      found.push(realpathSync(join((await takeOf(stage, commit)).root, 'node_modules/late')));
    }
    expect(found[1]).not.toBe(found[0]);
  });

  it.for<[string, object]>([
    ['../lib', { 'node_modules/lib': { resolved: '../lib', link: true }, '../lib': { name: 'lib', version: '1.0.0' } }],
    ['file:vendor/lib.tgz', { 'node_modules/lib': { version: '1.0.0', resolved: 'file:vendor/lib.tgz' } }],
    ['file:../../../lib.tgz', { 'node_modules/lib': { version: '1.0.0', resolved: 'file:../../../lib.tgz' } }],
  ])('that come from %s are refused with what to do', async ([from, packages], { onTestFinished }) => {
    const { stage, registry } = await openWorkspace(onTestFinished);
    const { lockfile, files } = withPackages(registry, { ints: { name: 'ints', dependencies: { '@tributary/flow': '*', lib: '*' } } });
    const commit = await stage.push({ ...files, 'package-lock.json': lockfile(packages) });
    await expect(takeOf(stage, commit)).rejects.toMatchObject({
      code: 'crashed',
      message: expect.stringContaining(`takes lib from ${from}, which workers can't install. Publish the package to a registry`),
    });
  });

  it('write nothing outside of their folder, whatever a lockfile says', async ({ onTestFinished }) => {
    const { stage, registry } = await openWorkspace(onTestFinished);
    const { lockfile, files } = withPackages(registry, { '../beside': { name: 'beside' }, '../../../far': { name: 'far' } });
    const held = await takeOf(stage, await stage.push({ ...files, 'package-lock.json': lockfile({}) }));
    expect(runIn(held.root)).toMatchObject({ 0: 'flow 0.1.0, contract 0.1.0, tiny 1.0.0' });
    expect(readdirSync(join(stage.dir, 'packages')).length).toBe(1);
    expect(readdirSync(stage.folder)).not.toContain('far');
  });

  it('run no program that .npmrc names, and are all there whatever it says', async ({ onTestFinished }) => {
    const { stage, registry } = await openWorkspace(onTestFinished);
    const settings = ['ignore-scripts=false', 'install-strategy=linked', 'dry-run=true', 'package-lock-only=true'];
    const held = await takeOf(stage, await stage.push({ '.npmrc': settings.join('\n') }));
    expect(runIn(held.root)).toMatchObject({ 0: 'flow 0.1.0, contract 0.1.0, tiny 1.0.0' });
    expect(existsSync(join(held.root, 'node_modules/tiny/built'))).toBe(false);

    const program = join(stage.folder, 'files', 'program');
    await stage.push({ program: `#!/bin/sh\ntouch ${stage.folder}/hit\n`, '.npmrc': `git=${program}` });
    chmodSync(program, 0o755);
    const theirs = `git+${stage.url}#${'a'.repeat(40)}`;
    const ints = { name: 'ints', dependencies: { '@tributary/flow': '*', theirs } };
    const { lockfile, files } = withPackages(registry, { ints, 'node_modules/theirs': { version: '1.0.0', resolved: theirs } });
    await expect(takeOf(stage, await stage.push({ ...files, 'package-lock.json': lockfile({}) }))).rejects.toThrow("can't be installed");
    expect(readdirSync(stage.folder)).not.toContain('hit');
  });

  it('whose lockfile lacks checksums are shared only by commits with the same .npmrc', async ({ onTestFinished }) => {
    const { stage, registry, commit } = await openWorkspace(onTestFinished);
    const lockfile = (await stage.git('show', `${commit}:package-lock.json`)).replaceAll(/,\s*"integrity": "[^"]*"/g, '');
    const frameworks = [];
    for (const npmrc of [`registry=${registry.url}/one/\n`, `registry=${registry.url}/two/\n`])
      frameworks.push((await takeOf(stage, await stage.push({ 'package-lock.json': lockfile, '.npmrc': npmrc }))).framework);
    expect(frameworks[1]).not.toBe(frameworks[0]);
  });

  it('wait for a registry that is away', async ({ onTestFinished }) => {
    const { stage, registry, commit } = await openWorkspace(onTestFinished);
    await registry.close();
    const env = { ...stage.env, npm_config_fetch_retries: '0' };
    const error = await stage
      .open({ env })
      .take(stage.code(commit, 'ints/shop'), { token })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringContaining('ECONNREFUSED') });
    expect(isTemporary(error)).toBe(true);
  });

  it('end with a request that is never answered when the run is cancelled', async ({ onTestFinished }) => {
    const { stage, registry, commit } = await openWorkspace(onTestFinished);
    registry.setStatus(0);
    const cancel = new AbortController();
    const taken = stage.open().take(stage.code(commit, 'ints/shop'), { token, signal: cancel.signal });
    await vi.waitFor(() => expect(registry.seen.length).toBe(1), 20_000);
    const began = performance.now();
    cancel.abort(new Error('cancelled'));
    await expect(taken).rejects.toThrow('cancelled');
    await vi.waitFor(() => expect(registry.endedAt()).toBeGreaterThan(began), 20_000);
    await vi.waitFor(() => expect(readdirSync(join(stage.dir, 'packages'))).toEqual([]), 20_000);
  });

  it('run on the Node that they name', async ({ onTestFinished }) => {
    const { stage, commit } = await openWorkspace(onTestFinished, { engines: { node: '>=99' } });
    await expect(takeOf(stage, commit)).rejects.toMatchObject({
      code: 'crashed',
      message: expect.stringContaining(
        `needs Node >=99, and this worker has Node ${process.versions.node}. Start a worker with such a Node`,
      ),
    });
  });
});

describe.concurrent('a dbt project', () => {
  it('of another repository needs an environment too: the code names the package that runs dbt', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const { env } = addFakeUv(stage);
    const without = await stage.push({ 'requirements.txt': 'dbt-core==1.11.0\n', 'ints/shop/flow.ts': 'export * from "@tributary/flow";' });
    const runsDbt = await stage.push({ 'ints/shop/flow.ts': 'import { dbt } from "@tributary/dbt";' });
    const store = stage.open({ env });
    const hasDbt = async (commit: string): Promise<boolean> => {
      const { root } = await store.take(stage.code(commit, 'ints/shop'), { token });
      return existsSync(join(root, '.venv/bin/dbt'));
    };
    expect([await hasDbt(without), await hasDbt(runsDbt)]).toEqual([false, true]);
  });

  it('has an environment of its own, shared by commits with the same requirements', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const { bin, env } = addFakeUv(stage);
    const files = { 'requirements.txt': 'dbt-core==1.11.0\n', 'ints/shop/dbt_project.yml': 'name: shop' };
    const commits = [await stage.push(files), await stage.push({ 'ints/shop/models/a.sql': 'select 1' })];
    const broken = await stage.push({ 'requirements.txt': 'dbt-core==99\n' });
    const store = stage.open({ env });
    const take = (commit = ''): ReturnType<typeof store.take> => store.take(stage.code(commit, 'ints/shop'), { token });
    for (const commit of commits) {
      const { root } = await take(commit);
      expect(execFileSync(join(root, '.venv/bin/dbt'), { encoding: 'utf8' })).toBe(
        `${realpathSync(join(root, '.venv'))}\ndbt-core==1.11.0\n`,
      );
    }
    expect(readFileSync(join(stage.folder, 'made'), 'utf8')).toBe('made\n');
    writeFileSync(join(bin, 'fail'), '');
    await expect(take(broken)).rejects.toMatchObject({
      code: 'crashed',
      message: expect.stringMatching(
        /The Python packages of commit .*can't be installed[^]*No matching distribution found for dbt-core==99/,
      ),
    });
    expect(readdirSync(join(stage.dir, 'python')).length).toBe(1);
  });
});
