import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { runCommand } from './command.ts';
import { createFetchedProject } from './test-support/fetched-project.ts';
import { writeFiles } from './test-support/project.ts';

/** A project with a stand-in for dbt, which installs one package, and prints where it works. */
function createWithStandIn(onTestFinished: (end: () => void) => void, files: Readonly<Record<string, string>> = {}) {
  const created = createFetchedProject(onTestFinished, {
    'ints/shop/packages.yml': 'packages: [{package: acme/utils, version: 1.0.0}]\n',
    ...files,
  });
  const script = `#!/bin/sh
echo "$1" >> "$HOME/state/calls"
pwd -P > "$HOME/state/cwd"
if [ "$1" = deps ]; then mktemp -d >> "$HOME/state/downloads"; mkdir -p dbt_packages/utils; echo new > package-lock.yml; fi
if [ "$1" = parse ]; then [ -e dbt_packages/utils ] || exit 2; fi
if [ -e "$HOME/waits" ]; then echo waiting >> "$HOME/state/calls"; sleep 60; fi
`;
  writeFiles(created.root, {
    'bin/dbt': script,
    'lib/python3.11/site-packages/dbt_core-1.11.16.dist-info/METADATA': '',
    'state/calls': '',
    'state/downloads': '',
  });
  chmodSync(join(created.root, 'bin', 'dbt'), 0o755);
  const options = { projectDir: '.', executable: '../../../../bin/dbt', env: { HOME: created.root } };
  const command = (name: 'parse' | 'deps' | 'build') => runCommand(name, {}, options, created.surroundings);
  /** which folders for downloads dbt has left that were ever made */
  const downloads = (): boolean[] =>
    readFileSync(join(created.root, 'state/downloads'), 'utf8')
      .trim()
      .split('\n')
      .map((path) => existsSync(path));
  return { ...created, options, command, downloads };
}

it('packages are installed once for all commands in fetched code, where deps changes nothing', async ({ onTestFinished }) => {
  const { command, folder, list, left, read, downloads } = createWithStandIn(onTestFinished, { 'ints/shop/package-lock.yml': 'old\n' });
  const before = list();
  for (const name of ['parse', 'deps', 'parse'] as const) await command(name);
  expect(read('calls').split('\n')).toEqual(['deps', 'parse', 'deps', 'parse', '']);
  expect([list(), readFileSync(join(folder, 'ints/shop/package-lock.yml'), 'utf8'), left()]).toEqual([before, 'old\n', []]);
  expect(downloads()).toEqual([false, false]);
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
  const { command, root, left, read, downloads } = created;
  writeFiles(root, { waits: '' });
  const { child, ended } = start(created, true);
  onTestFinished(() => void child.kill('SIGKILL'));
  await expect.poll(() => read('calls'), { timeout: 20_000 }).toContain('waiting');
  rmSync(join(root, 'waits'));
  const theirs = left();
  expect(theirs).not.toEqual([]);
  await command('deps');
  expect([left(), downloads()]).toEqual([theirs, [true, false]]);
  child.kill('SIGKILL');
  await ended;
  await command('deps');
  expect([left(), downloads()]).toEqual([[], [false, false, false]]);
}, 60_000);

it("a project that this user can't write gets its packages too", async ({ onTestFinished }) => {
  const created = createWithStandIn(onTestFinished);
  const { root, folder, list, left, read } = created;
  const state = join(root, 'state');
  for (const path of [state, join(state, 'calls'), join(state, 'downloads')]) chmodSync(path, 0o777);
  const folders = [root, join(root, 'trees'), folder, join(folder, 'ints'), join(folder, 'ints/shop')];
  for (const path of folders) chmodSync(path, 0o555);
  onTestFinished(() => folders.forEach((path) => chmodSync(path, 0o755)));
  const before = list();
  const { ended } = start(created, false, process.getuid?.() === 0 ? { uid: 65_534 } : {});
  expect(await ended).toEqual([0, null]);
  expect([read('calls'), list(), left()]).toEqual(['deps\nparse\n', before, []]);
}, 60_000);
