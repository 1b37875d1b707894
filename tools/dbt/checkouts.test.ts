import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { runCommand } from './command.ts';
import { createProject, createSurroundings, writeFiles } from './test-support/project.ts';

const workspaceDbt = join(import.meta.dirname, '..', '..', '.venv', 'bin', 'dbt');

/** Creates folders for the commits of a project, outside of the integration's folder. */
function create(onTestFinished: (end: () => void) => void, files: Readonly<Record<string, string>>) {
  const project = createProject({});
  onTestFinished(project.remove);
  const { surroundings, ...rest } = createSurroundings({ ...project, root: join(project.root, 'ints/one') });
  const checkOut = (name: string, changed: Readonly<Record<string, string>> = {}): string => {
    const folder = join(project.root, 'checkouts', name);
    const { 'dbt_project.yml': projectFile, 'profiles.yml': profiles } = {
      'dbt_project.yml': readFileSync(join(project.root, 'dbt_project.yml'), 'utf8'),
      'profiles.yml': readFileSync(join(project.root, 'profiles.yml'), 'utf8'),
    };
    writeFiles(folder, { 'dbt_project.yml': projectFile, 'profiles.yml': profiles, ...files, ...changed });
    return folder;
  };
  writeFiles(project.root, { 'ints/one/deployments.ts': '' });
  return { ...rest, root: project.root, surroundings, checkOut, runs: join(project.root, 'state', 'dbt-runs') };
}

describe('the commits of a project, each in a folder of its own', { timeout: 120_000 }, () => {
  it('share a parse, and each loads its own seeds', async ({ onTestFinished }) => {
    const { checkOut, surroundings, runs, lines } = create(onTestFinished, {
      'seeds/fruits.csv': 'name\napple\n',
      'seeds/same.csv': 'name\nplum\n',
      'models/good.sql': "select * from {{ ref('fruits') }}",
      'models/one.sql': 'select 1 as n',
    });
    const first = checkOut('1');
    const options = { executable: workspaceDbt };
    await runCommand('build', {}, { ...options, projectDir: first }, surroundings);
    rmSync(first, { recursive: true });
    const second = checkOut('2', {
      'seeds/fruits.csv': 'name\napple\npear\n',
      'models/good.sql': "select *, 2 as v from {{ ref('fruits') }}",
    });
    const { nodes, logPath } = await runCommand('build', {}, { ...options, projectDir: second }, surroundings);
    expect(nodes).toHaveLength(4);
    expect(nodes.map(({ status }) => status)).toEqual(nodes.map(() => 'success'));
    expect(readFileSync(join(logPath, 'dbt.log'), 'utf8')).toContain(
      'Partial parsing enabled: 0 files deleted, 0 files added, 2 files changed',
    );
    expect(readdirSync(join(runs, 'parsed'))).toHaveLength(1);
    const { output } = await runCommand(
      'show',
      { extra: ['--inline', "select count(*) as fruits, max(v) as v from {{ ref('good') }}", '--output', 'json'] },
      { ...options, projectDir: second },
      surroundings,
    );
    expect(output.join('\n')).toMatch(/"fruits": 2.*"v": 2/s);
    expect(lines.join('\n')).not.toContain('Traceback');
  });
});

describe('the packages of a project', () => {
  /** Stands in for dbt: counts its calls, and installs one package. */
  const script = `#!/bin/sh
echo "$1" >> "$HOME/calls"
if [ "$1" = deps ]; then
  if [ -e "$HOME/broken" ]; then echo '{"info":{"name":"MainEncounteredError","msg":"no such package","level":"error"}}'; exit 2; fi
  sleep 0.3; mkdir -p dbt_packages/utils && echo "$PWD" > dbt_packages/utils/from
fi
`;
  const packages = 'packages: [{package: acme/utils, version: 1.0.0}]\n';
  function createWithStandIn(onTestFinished: (end: () => void) => void, text = packages) {
    const created = create(onTestFinished, { 'packages.yml': text });
    writeFiles(created.root, { 'lib/python3.11/site-packages/dbt_core-1.11.16.dist-info/METADATA': '', 'bin/dbt': script });
    chmodSync(join(created.root, 'bin', 'dbt'), 0o755);
    const options = { executable: join(created.root, 'bin', 'dbt'), env: { HOME: created.root } };
    const parse = (projectDir: string) => runCommand('parse', {}, { ...options, projectDir }, created.surroundings);
    const installs = (): number => readFileSync(join(created.root, 'calls'), 'utf8').match(/^deps$/gm)?.length ?? 0;
    return { ...created, parse, installs };
  }

  it('are installed once for all checkouts that name the same ones, also for those at the same time', async ({ onTestFinished }) => {
    const { checkOut, parse, installs } = createWithStandIn(onTestFinished);
    const folders = ['1', '2', '3'].map((name) => checkOut(name));
    await Promise.all(folders.map(parse));
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
