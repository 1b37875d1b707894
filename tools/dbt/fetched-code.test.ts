import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { runCommand } from './command.ts';
import { createProject, createSurroundings, writeFiles } from './test-support/project.ts';

const workspace = join(import.meta.dirname, '..', '..');
const tree = '1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d';

/** Puts an integration with a dbt project into a tree of fetched code. Root may write there, so no test relies on permissions. */
function create(onTestFinished: (end: () => void) => void, files: Readonly<Record<string, string>>) {
  const { root, dataDir, remove } = createProject({});
  onTestFinished(remove);
  const folder = join(root, 'trees', tree);
  const shop = join(folder, 'ints', 'shop');
  for (const name of ['dbt_project.yml', 'profiles.yml']) writeFiles(shop, { [name]: readFileSync(join(root, name), 'utf8') });
  writeFiles(folder, files);
  const { surroundings, ...rest } = createSurroundings({ root: shop, dataDir });
  const code = { repository: 'https://example.com/acme/data.git', commit: tree, tree };
  return {
    ...rest,
    root,
    folder,
    surroundings: { ...surroundings, run: { ...surroundings.run, code } },
    list: () => readdirSync(folder, { recursive: true }).map(String).toSorted(),
    left: () => readdirSync(join(root, 'state', 'dbt-runs', 'projects')),
    read: (path: string) => readFileSync(join(root, 'state', path), 'utf8'),
  };
}

/** A project with a stand-in for dbt, which installs one package, and prints where it works. */
function createWithStandIn(onTestFinished: (end: () => void) => void, files: Readonly<Record<string, string>> = {}) {
  const created = create(onTestFinished, { 'ints/shop/packages.yml': 'packages: [{package: acme/utils, version: 1.0.0}]\n', ...files });
  const script = `#!/bin/sh
echo "$1" >> "$HOME/state/calls"
pwd -P > "$HOME/state/cwd"
if [ "$1" = deps ]; then mkdir -p dbt_packages/utils; echo new > package-lock.yml; fi
if [ "$1" = parse ]; then [ -e dbt_packages/utils ] || exit 2; fi
if [ -e "$HOME/waits" ]; then echo waiting >> "$HOME/state/calls"; sleep 60; fi
`;
  writeFiles(created.root, {
    'bin/dbt': script,
    'lib/python3.11/site-packages/dbt_core-1.11.16.dist-info/METADATA': '',
    'state/calls': '',
  });
  chmodSync(join(created.root, 'bin', 'dbt'), 0o755);
  const options = { projectDir: '.', executable: '../../../../bin/dbt', env: { HOME: created.root } };
  const command = (name: 'parse' | 'deps' | 'build') => runCommand(name, {}, options, created.surroundings);
  return { ...created, options, command };
}

it('real dbt runs with packages in fetched code, which stays as it is, and finds all that is beside the project', async ({
  onTestFinished,
}) => {
  const { folder, surroundings, list, left } = create(onTestFinished, {
    'ints/shop/packages.yml': 'packages: [{local: ../lib}]\n',
    'ints/shop/models/deep/good.sql': "select * from read_csv('../data/fruits.csv') union all select {{ lib.fruit() }}",
    'ints/shop/seeds/nuts.csv': 'name\nhazel\n',
    'ints/lib/dbt_project.yml': 'name: lib\n',
    'ints/lib/macros/fruit.sql': "{% macro fruit() %}'plum'{% endmacro %}",
    'ints/data/fruits.csv': 'name\napple\npear\n',
    'ints/shop/tests/all.sql': "select 1 where (select count(*) from {{ ref('good') }}) <> 3",
  });
  symlinkSync(join(workspace, '.venv'), join(folder, '.venv'));
  const before = list();
  for (const run of [1, 2]) {
    const { nodes, logPath } = await runCommand('build', {}, { projectDir: '.' }, surroundings);
    expect(nodes.map(({ name, status }) => `${name} ${status}`).toSorted()).toEqual(['all success', 'good success', 'nuts success']);
    const parsed = 'Partial parsing enabled: 0 files deleted, 0 files added, 0 files changed';
    expect(readFileSync(join(logPath, 'dbt.log'), 'utf8').includes(parsed)).toBe(run === 2);
  }
  expect([list(), left()]).toEqual([before, []]);
}, 180_000);

it('packages are installed once for all commands in fetched code, where deps changes nothing', async ({ onTestFinished }) => {
  const { command, folder, list, left, read } = createWithStandIn(onTestFinished, { 'ints/shop/package-lock.yml': 'old\n' });
  const before = list();
  for (const name of ['parse', 'deps', 'parse'] as const) await command(name);
  expect(read('calls').split('\n')).toEqual(['deps', 'parse', 'deps', 'parse', '']);
  expect([list(), readFileSync(join(folder, 'ints/shop/package-lock.yml'), 'utf8'), left()]).toEqual([before, 'old\n', []]);
});

it('packages that the commit has are used where they are, and deps changes none of them', async ({ onTestFinished }) => {
  const { command, list, read, folder } = createWithStandIn(onTestFinished, { 'ints/shop/dbt_packages/utils/old': '' });
  const before = list();
  await command('parse');
  expect(read('cwd').trim()).toBe(join(folder, 'ints/shop'));
  await command('deps');
  expect([read('calls'), list()]).toEqual(['parse\ndeps\n', before]);
});

it('packages may have another folder, also one above the project', async ({ onTestFinished }) => {
  for (const path of ['../../vendor/dbt', 'lib/dbt']) {
    const project = { 'ints/shop/dbt_project.yml': `name: shop\nprofile: shop\npackages-install-path: ${path}\n` };
    const { surroundings, options, root, list, left } = createWithStandIn(onTestFinished, {
      ...project,
      'vendor/a': '',
      'ints/shop/lib/a': '',
    });
    const before = list();
    const dbt = `#!/bin/sh\nif [ "$1" = deps ]; then mkdir -p ${path}/utils; fi\n[ -e ${path}/utils ] && [ -e ${path}/../a ]\n`;
    writeFiles(root, { 'bin/dbt': dbt });
    await runCommand('parse', {}, options, surroundings);
    expect([list(), left()]).toEqual([before, []]);
  }
});

it('a database file in the code is refused instead of lost', async ({ onTestFinished }) => {
  const profiles = 'shop: {target: dev, outputs: {dev: {type: duckdb, path: out/shop.duckdb}}}\n';
  const { command, read, left } = createWithStandIn(onTestFinished, { 'ints/shop/profiles.yml': profiles, 'ints/shop/out/.keep': '' });
  await expect(command('build')).rejects.toMatchObject({
    code: 'dbt',
    message: expect.stringMatching(
      /has the database file out\/shop\.duckdb in the code's folder.* Write path: "\{\{ env_var\('TRIBUTARY_DATA_DIR'\) \}\}\/shop\.duckdb" in/,
    ),
  });
  expect([read('calls'), left()]).toEqual(['', []]);
});

/** Runs `dbt parse` in a process of its own. @param code whether the project is in fetched code */
function start({ options, surroundings }: ReturnType<typeof createWithStandIn>, code: boolean, user: { readonly uid?: number } = {}) {
  const { signal: _, ...run } = { ...surroundings.run, ...(code ? {} : { code: null }) };
  const script = `import { runCommand } from ${JSON.stringify(join(import.meta.dirname, 'command.ts'))};
const run = { ...${JSON.stringify(run)}, signal: new AbortController().signal };
await runCommand('parse', {}, ${JSON.stringify(options)}, { run, log() {}, observe() {}, keep: async () => {} });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit', ...user });
  return { child, ended: once(child, 'exit') };
}

it('what a killed process leaves is removed by the next command, and not while its process lives', async ({ onTestFinished }) => {
  const created = createWithStandIn(onTestFinished);
  const { command, root, left, read } = created;
  writeFiles(root, { waits: '' });
  const { child, ended } = start(created, true);
  onTestFinished(() => void child.kill('SIGKILL'));
  await expect.poll(() => read('calls'), { timeout: 20_000 }).toContain('waiting');
  rmSync(join(root, 'waits'));
  const theirs = left();
  expect(theirs).not.toEqual([]);
  await command('deps');
  expect(left()).toEqual(theirs);
  child.kill('SIGKILL');
  await ended;
  await command('deps');
  expect(left()).toEqual([]);
}, 60_000);

it("a project that this user can't write gets its packages too", async ({ onTestFinished }) => {
  const created = createWithStandIn(onTestFinished);
  const { root, folder, list, left, read } = created;
  const state = join(root, 'state');
  for (const path of [state, join(state, 'calls')]) chmodSync(path, 0o777);
  const folders = [root, join(root, 'trees'), folder, join(folder, 'ints'), join(folder, 'ints/shop')];
  for (const path of folders) chmodSync(path, 0o555);
  onTestFinished(() => folders.forEach((path) => chmodSync(path, 0o755)));
  const before = list();
  const { ended } = start(created, false, process.getuid?.() === 0 ? { uid: 65_534 } : {});
  expect(await ended).toEqual([0, null]);
  expect([read('calls'), list(), left()]).toEqual(['deps\nparse\n', before, []]);
}, 60_000);
