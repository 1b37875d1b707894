import { chmodSync, existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { createStage, type Stage } from '../../tools/cli/test-support/stage.ts';
import { tryAcquire } from '../../tools/code/hold/acquire.ts';
import { lockPath } from '../../tools/code/hold/layer.ts';
import { openStage as openGitStage, type Stage as GitStage, token } from '../../tools/code/test-support/stage.ts';
import { cloneStep, standInWorkspace } from '../support/code-stage.ts';

const listed = z.strictObject({
  folder: z.string(),
  bytes: z.int().positive(),
  layers: z.array(
    z.strictObject({
      kind: z.string(),
      key: z.string(),
      bytes: z.int(),
      last_used: z.string(),
      in_use: z.boolean(),
      code: z.array(z.looseObject({ commit: z.string(), deployments: z.array(z.string()).nullable() })),
    }),
  ),
});

describe.concurrent('tributary code', { timeout: 90_000 }, () => {
  let on: Stage;
  beforeAll(async () => {
    on = await createStage();
  });
  afterAll(() => on.close());

  const command = (git: GitStage, ...args: string[]) =>
    on.command(['code', ...args], { env: { TRIBUTARY_CODE_DIR: git.dir, TRIBUTARY_API_URL: on.url } });
  const openGit = async (onTestFinished: (end: () => Promise<void>) => void) => {
    const git = await openGitStage(onTestFinished);
    const commit = await git.push(standInWorkspace());
    const held = await git.open().take(git.code(commit, 'ints/one'), { token });
    return { git, commit, held };
  };

  it('ls names what is held, for which commits and deployments', async ({ onTestFinished }) => {
    const { git, commit, held } = await openGit(onTestFinished);
    await on.deploy('code', 'pinned', { pull_steps: [cloneStep(git.url, commit)] });
    await on.deploy('code', 'branch', { pull_steps: [cloneStep(git.url, null, { branch: 'main', directories: ['ints/one/'] })] });
    await on.deploy('code', 'other', { pull_steps: [cloneStep(git.url, 'a'.repeat(40))] });
    await on.deploy('code', 'elsewhere', { pull_steps: [cloneStep(`${git.url}/x`, commit)] });
    const { stdout, stderr, code } = await command(git, 'ls', '--json');
    expect([code, stderr]).toEqual([0, '']);
    const { folder, layers, bytes } = listed.parse(JSON.parse(stdout));
    expect([folder, bytes]).toEqual([git.dir, layers.reduce((sum, layer) => sum + layer.bytes, 0)]);
    expect(layers.map(({ kind }) => kind).toSorted()).toEqual(['frameworks', 'objects', 'packages', 'trees']);
    expect(layers.find(({ kind }) => kind === 'trees')).toMatchObject({
      key: held.tree,
      in_use: true,
      code: [{ repository: git.url, commit, directories: ['ints/one'], deployments: ['code/branch', 'code/pinned'] }],
    });
    const text = (await command(git, 'ls')).stdout;
    expect(text).toMatch(
      new RegExp(`^tree ${held.tree.slice(0, 12)} +\\d.* yes +acme/data ${commit.slice(0, 12)} ints/one +code/branch and 1 more$`, 'm'),
    );
    expect(text).toContain(` in ${git.dir}\n`);
  });

  it('ls names no deployment for a commit that a flow has checked out', async ({ onTestFinished }) => {
    const { git, commit } = await openGit(onTestFinished);
    await on.deploy('code', 'whole', { pull_steps: [cloneStep(git.url, commit, { directories: null })] });
    const checkout = await git.open().copy({ repository: git.url, commit }, { name: 'run', token });
    const { layers } = listed.parse(JSON.parse((await command(git, 'ls', '--json')).stdout));
    const trees = layers.filter(({ kind }) => kind === 'trees').flatMap(({ code }) => code);
    expect(trees.filter(({ directories }) => String(directories) === '')).toMatchObject([{ files_only: true, deployments: [] }]);
    await checkout.remove();
  });

  it('ls lists the layers without an engine, and says that no deployments are named', async ({ onTestFinished }) => {
    const { git } = await openGit(onTestFinished);
    const env = { TRIBUTARY_CODE_DIR: git.dir, TRIBUTARY_API_URL: 'http://127.0.0.1:9/api' };
    const { code, stdout, stderr } = await on.command(['code', 'ls', '--json'], { env });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^No deployments are named, because no engine says which ones there are\. .*127\.0\.0\.1:9/);
    expect(listed.parse(JSON.parse(stdout)).layers.flatMap((layer) => layer.code.map(({ deployments }) => deployments))).toContain(null);
  });

  it('prune removes what no process uses, and says how much', async ({ onTestFinished }) => {
    const { git, held } = await openGit(onTestFinished);
    const young = await command(git, 'prune');
    expect(young.stdout).toMatch(/^Removed 0 layers, 0 B\. 4 layers stay \(3 in use\), \d/);
    expect((await command(git, 'prune', '--all', '--older-than', '1h')).code).toBe(2);
    held.release();
    const ago = new Date(Date.now() - 2 * 3_600_000);
    utimesSync(held.root, ago, ago);
    const old = await command(git, 'prune', '--older-than', '1h');
    expect(old.stdout).toMatch(new RegExp(`^Removed tree ${held.tree.slice(0, 12)} \\(\\d.*\\)\nRemoved 1 layer, `));
    const { stdout } = await command(git, 'prune', '--all', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ removed: [{}, {}, {}], left: { layers: 0, in_use: 0, bytes: 0 } });
    expect(existsSync(held.root)).toBe(false);
    expect((await command(git, 'ls')).stdout).toMatch(/^The store has no code\./);
  });

  it('prune waits for a process that cleans the store up in this moment, and says so', async ({ onTestFinished }) => {
    const { git, held } = await openGit(onTestFinished);
    held.release();
    const other = tryAcquire(lockPath(git.dir, 'prune', 'store'), 'cleaning up the code store');
    const running = on.start(['code', 'prune', '--all'], { env: { TRIBUTARY_CODE_DIR: git.dir } });
    await running.printed(new RegExp(`Waiting for process ${process.pid} on this machine: cleaning up the code store\\.`));
    expect(existsSync(held.root)).toBe(true);
    other?.release();
    expect(await running.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Removed 4 layers, .* 0 layers stay/m) });
    expect(existsSync(held.root)).toBe(false);
  });

  it('verify names damaged layers with exit code 1, and --repair has them made anew', async ({ onTestFinished }) => {
    const { git, commit, held } = await openGit(onTestFinished);
    expect(await command(git, 'verify')).toMatchObject({ code: 0, stdout: '4 layers: 4 whole, 0 damaged, 0 without a record.\n' });
    const file = join(held.root, 'ints/one/flow.ts');
    chmodSync(file, 0o600);
    writeFileSync(file, 'export const work = 2;\n');
    const name = `tree ${held.tree.slice(0, 12)}`;
    const found = await command(git, 'verify');
    expect([found.code, found.stdout]).toEqual([
      1,
      `${name} is damaged:\n  ints/one/flow.ts was changed\n4 layers: 3 whole, 1 damaged, 0 without a record. To remove them, so that they are made anew: npx tributary code verify --repair\n`,
    ]);
    const used = await command(git, 'verify', '--repair');
    expect([used.code, used.stdout]).toEqual([1, expect.stringContaining(`${name} is damaged, and stays, because it is in use:`)]);
    held.release();
    const repaired = await command(git, 'verify', '--repair', '--json');
    expect([repaired.code, JSON.parse(repaired.stdout)]).toMatchObject([
      0,
      {
        folder: git.dir,
        layers: expect.arrayContaining([
          { kind: 'trees', key: held.tree, condition: 'damaged', problems: ['ints/one/flow.ts was changed'], removed: true },
        ]),
      },
    ]);
    (await git.open().take(git.code(commit, 'ints/one'), { token })).release();
    expect((await command(git, 'verify')).code).toBe(0);
  });
});
