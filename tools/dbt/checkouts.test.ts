import { chmodSync, existsSync, readdirSync, readFileSync, readlinkSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { runCommand } from './command.ts';
import { createCommits } from './test-support/commits.ts';
import { writeFiles } from './test-support/project.ts';

describe('the packages of a project', () => {
  /** Stands in for dbt: counts its calls, and installs one package from git. It has an absolute link if it is a folder. */
  const script = `#!/bin/sh
echo "$1" >> "$HOME/calls"
if [ "$1" = deps ]; then
  mkdir -p dbt_packages/utils/.git
  if [ -e "$HOME/broken" ]; then echo '{"info":{"name":"MainEncounteredError","msg":"no such package","level":"error"}}'; exit 2; fi
  sleep 0.3; echo "url = https://hunter2@example.com/$VERSION" > dbt_packages/utils/.git/config
  if [ -e lib ]; then ln -s "$PWD/lib" dbt_packages/lib; fi
  echo "$PWD $VERSION" > dbt_packages/utils/from
elif [ ! -e dbt_packages/utils/from ]; then echo '{"info":{"name":"MainEncounteredError","msg":"no packages","level":"error"}}'; exit 2
fi
`;
  const packages = 'packages: [{package: acme/utils, version: 1.0.0}]\n';
  function createWithStandIn(onTestFinished: (end: () => void) => void, text = packages) {
    const created = createCommits(onTestFinished, { 'packages.yml': text });
    writeFiles(created.root, { 'lib/python3.11/site-packages/dbt_core-1.11.16.dist-info/METADATA': '', 'bin/dbt': script });
    chmodSync(join(created.root, 'bin', 'dbt'), 0o755);
    const options = { executable: join(created.root, 'bin', 'dbt'), env: { HOME: created.root } };
    const parse = (projectDir: string, env: Readonly<Record<string, string>> = {}) =>
      runCommand('parse', {}, { ...options, env: { ...options.env, ...env }, projectDir }, created.surroundings);
    const installs = (): number => readFileSync(join(created.root, 'calls'), 'utf8').match(/^deps$/gm)?.length ?? 0;
    return { ...created, parse, installs };
  }

  it('are installed once for all checkouts that name the same ones, also for those at the same time', async ({ onTestFinished }) => {
    const { checkOut, parse, installs } = createWithStandIn(onTestFinished);
    const folders = ['1', '2', '3'].map((name) => checkOut(name));
    await Promise.all(folders.map((folder) => parse(folder)));
    expect(installs()).toBe(1);
    expect(folders.map((folder) => existsSync(join(folder, 'dbt_packages/utils/from')))).toEqual([true, true, true]);
    const other = checkOut('4', { 'packages.yml': packages.replace('1.0.0', '2.0.0') });
    await parse(other);
    expect(installs()).toBe(2);
    expect(readFileSync(join(other, 'dbt_packages/utils/from'), 'utf8').trim()).toBe(other);
    await parse(other);
    expect(installs()).toBe(2);
  });

  it('stay for as long as commands use them, and are removed once none has for 30 days', async ({ onTestFinished }) => {
    const { checkOut, parse, installs, runs } = createWithStandIn(onTestFinished);
    const of = (version: string) => ({ 'packages.yml': packages.replace('1.0.0', version) });
    for (const version of ['1.0.0', '2.0.0']) await parse(checkOut(version, of(version)));
    const kept = readdirSync(join(runs, 'packages')).filter((name) => !name.endsWith('.lock'));
    const longAgo = new Date(Date.now() - 31 * 86_400_000);
    for (const name of kept) utimesSync(join(runs, 'packages', name), longAgo, longAgo);
    await parse(checkOut('used again', of('1.0.0')));
    await parse(checkOut('a third', of('3.0.0')));
    await parse(checkOut('still there', of('1.0.0')));
    expect(installs()).toBe(3);
    await parse(checkOut('gone', of('2.0.0')));
    expect(installs()).toBe(4);
  });

  it("that are folders of the project are never copied from another commit's", async ({ onTestFinished }) => {
    const { checkOut, parse, installs } = createWithStandIn(onTestFinished, 'packages: [{local: ../lib}]\n');
    for (const name of ['1', '2']) await parse(checkOut(name));
    expect(installs()).toBe(2);
  });

  it('that are links to folders of a project are not kept, whatever packages.yml looks like', async ({ onTestFinished }) => {
    const { checkOut, parse, installs } = createWithStandIn(onTestFinished, '.x: &x {local: lib}\npackages: [{<<: *x}]\n');
    for (const name of ['1', '2']) {
      const folder = checkOut(name, { 'lib/a.sql': '' });
      await parse(folder);
      expect(readlinkSync(join(folder, 'dbt_packages/lib'))).toBe(join(folder, 'lib'));
    }
    expect(installs()).toBe(2);
  });

  it('are installed once for runs of one folder at the same time, and no run begins before', async ({ onTestFinished }) => {
    const { checkOut, parse, installs } = createWithStandIn(onTestFinished);
    const folder = checkOut('1');
    const first = parse(folder);
    await expect.poll(() => existsSync(join(folder, 'dbt_packages')), { interval: 10 }).toBe(true);
    await Promise.all([first, parse(folder), parse(folder)]);
    rmSync(join(folder, 'dbt_packages'), { recursive: true });
    await Promise.all([parse(folder), parse(folder), parse(folder)]);
    expect(installs()).toBe(1);
  });

  it('are others if a variable that packages.yml names is another, but not for another token', async ({ onTestFinished }) => {
    const text = 'packages: [{git: "https://{{ env_var(\'DBT_ENV_SECRET_T\') }}@example.com", revision: "{{ env_var(\'VERSION\') }}"}]\n';
    const { checkOut, parse, installs } = createWithStandIn(onTestFinished, text);
    const found = [];
    for (const [name, VERSION, DBT_ENV_SECRET_T] of [
      ['1', 'v1', 'a'],
      ['2', 'v2', 'a'],
      ['3', 'v1', 'b'],
    ] as const) {
      const folder = checkOut(name);
      await parse(folder, { VERSION, DBT_ENV_SECRET_T });
      found.push(readFileSync(join(folder, 'dbt_packages/utils/from'), 'utf8').trim().split(' ')[1]);
    }
    expect([found, installs()]).toEqual([['v1', 'v2', 'v1'], 2]);
  });

  it('are kept without the folder of git, which has the URL with its token', async ({ onTestFinished }) => {
    const { root, checkOut, parse } = createWithStandIn(onTestFinished);
    for (const name of ['1', '2']) await parse(checkOut(name));
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name !== 'dbt');
    const found = files
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((path) => readFileSync(path, 'utf8').includes('hunter2'));
    expect(found).toEqual([join(root, 'checkouts/1/dbt_packages/utils/.git/config')]);
  });

  it("that can't be installed fail the command with what dbt says, and are tried again by the next", async ({ onTestFinished }) => {
    const { root, checkOut, parse, installs } = createWithStandIn(onTestFinished);
    const folder = checkOut('1');
    writeFiles(root, { broken: '' });
    await expect(parse(folder)).rejects.toMatchObject({ code: 'dbt', message: expect.stringContaining('dbt deps failed (exit code 2)') });
    rmSync(join(root, 'broken'));
    await parse(folder);
    expect(installs()).toBe(2);
    expect(existsSync(join(folder, 'dbt_packages/utils/from'))).toBe(true);
  });
});
