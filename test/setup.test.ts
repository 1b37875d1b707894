import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { start } from './support/process.ts';
import { repository } from './support/workspace.ts';

describe('the set-up', () => {
  let clone: string;

  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'tributary-setup-'));
    for (const file of ['setup.mjs', 'package-lock.json', 'requirements.txt', 'test/support/prefect/requirements.txt'])
      cpSync(join(repository, file), join(clone, file));
    mkdirSync(join(clone, 'bin'));
    symlinkSync(process.execPath, join(clone, 'bin', 'node'));
  });
  afterEach(() => rmSync(clone, { recursive: true, force: true }));

  const setUp = (...args: string[]) =>
    start(process.execPath, ['setup.mjs', ...args], { cwd: clone, env: { PATH: join(clone, 'bin') } }).ended;
  const program = (name: string, script: string) => writeFileSync(join(clone, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

  /** Puts stand-ins for git, npm and Python in place, which create what the real ones install. */
  const pretendToInstall = (): void => {
    program('git', 'exit 0');
    program('npm', '/bin/mkdir -p node_modules/.bin; : > node_modules/.bin/nx');
    // This stand-in for Python creates the program that each lockfile installs: `dbt` or `prefect`.
    program(
      'python3',
      `case "$*" in
        "-m venv "*) /bin/mkdir -p "$3/bin"; /bin/cp "$0" "$3/bin/python" ;;
        *"-r requirements.txt") : > "\${0%/*}/dbt" ;;
        *"-r test/support/prefect/requirements.txt") : > "\${0%/*}/prefect" ;;
      esac`,
    );
  };

  it('prints a sentence for each missing program before it installs anything', async () => {
    const { code, stdout, stderr } = await setUp();
    expect(code).toBe(1);
    expect(stderr).toMatch(/- git was not found: install it/);
    expect(stderr).toMatch(/- Python 3\.10, 3\.11, 3\.12 or 3\.13 with its venv module was not found/);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toBe('');
  });

  it('says which part of the clone is missing', async () => {
    rmSync(join(clone, 'requirements.txt'));
    const { code, stderr } = await setUp();
    expect(code).toBe(1);
    expect(stderr).toContain('requirements.txt is missing: this clone of the repository is incomplete');
  });

  it('shows what npm said when the installation fails, and where the whole output is', async () => {
    program('git', 'exit 0');
    program('python3', 'exit 0');
    program('npm', 'echo "npm error code ENETUNREACH" >&2; exit 1');
    const { code, stderr } = await setUp();
    expect(code).toBe(1);
    expect(stderr).toContain('npm error code ENETUNREACH');
    expect(stderr).toMatch(/The whole output is in \S+setup-node_modules\.log\. Solve the problem, then run the same command again\./);
  });

  describe('with Python packages of the user', () => {
    const local = 'ints/requirements.local.txt';
    const list = (text: string) => writeFileSync(join(clone, local), text);
    const installs = () =>
      readFileSync(join(clone, 'pip.txt'), 'utf8')
        .split('\n')
        .flatMap((line) => /-r .*/.exec(line)?.[0] ?? []);
    beforeEach(() => {
      mkdirSync(join(clone, 'ints'));
      program('git', 'exit 0');
      program('npm', '/bin/mkdir -p node_modules/.bin; : > node_modules/.bin/nx');
      program(
        'python3',
        `echo "$*" >> pip.txt
        case "$*" in
          "-m venv "*) /bin/mkdir -p "$3/bin"; /bin/cp "$0" "$3/bin/python" ;;
          *"-r requirements.txt") : > "\${0%/*}/dbt" ;;
          *"-r ${local} -c "*) if /bin/grep -q duckdb==1.0.0 ${local}; then echo "The user requested (constraint) duckdb==1.5.5"; exit 1; fi ;;
        esac`,
      );
    });

    it('installs them within the pins of the framework, and again once the file changes or is removed', async () => {
      const pins = '-r requirements.txt';
      const own = `-r ${local} -c requirements.txt`;
      expect(await setUp()).toMatchObject({ code: 0 });
      expect(installs()).toEqual([pins]);
      list('pandas\n');
      expect((await setUp()).stdout).toMatch(/^Setting up: dbt with DuckDB\./);
      expect(installs()).toEqual([pins, pins, own]);
      expect(await setUp()).toMatchObject({ code: 0, stdout: '' });
      list('pandas==3.0.0\n');
      expect(await setUp()).toMatchObject({ code: 0 });
      expect(installs()).toEqual([pins, pins, own, pins, own]);
      rmSync(join(clone, local));
      expect(await setUp()).toMatchObject({ code: 0 });
      expect(installs()).toEqual([pins, pins, own, pins, own, pins]);
    });

    it('says which file to change if they conflict with the pins, and leaves that file alone', async () => {
      list('duckdb==1.0.0\n');
      for (const _ of ['first', 'again']) {
        const { code, stderr } = await setUp();
        expect(code).toBe(1);
        expect(stderr).toContain(`If they conflict, change ${local}: the framework needs the versions in requirements.txt.`);
        expect(stderr).toContain('  | The user requested (constraint) duckdb==1.5.5');
      }
      expect(readFileSync(join(clone, local), 'utf8')).toBe('duckdb==1.0.0\n');
    });
  });

  it('passes the password of a database to the file that it runs by the environment, never as an argument', async () => {
    pretendToInstall();
    writeFileSync(join(clone, 'show.mjs'), `console.log(JSON.stringify([process.argv.slice(2), process.env.PGPASSWORD]));`);
    const shown = async (...args: string[]): Promise<unknown> =>
      JSON.parse((await setUp('show.mjs', ...args)).stdout.trim().split('\n').at(-1) ?? '');
    expect(await shown('jaffle_shop', '--postgres', 'postgres://ann:a%40b@db:5432/shop')).toEqual([
      ['jaffle_shop', '--postgres', 'postgres://ann@db:5432/shop'],
      'a@b',
    ]);
    expect(await shown('--postgres=postgresql://ann:5%@db:99999999')).toEqual([['--postgres=postgresql://ann@db:99999999'], '5%']);
    expect(await shown('--url', 'http://ann:b@db', '--postgres', 'postgres://ann@db')).toEqual([
      ['--url', 'http://ann:b@db', '--postgres', 'postgres://ann@db'],
      null,
    ]);
  });

  it('installs a real Prefect server once, only if it is needed, and prints its size before', async () => {
    pretendToInstall();
    writeFileSync(join(clone, 'demo.mjs'), `console.log('options', ...process.argv.slice(2));`);
    const installed = () => existsSync(join(clone, '.venv-prefect', 'bin', 'prefect'));

    const plain = await setUp('demo.mjs', '--keep');
    expect(plain.stdout).toMatch(/^Setting up: Node packages; dbt with DuckDB\..*\noptions --keep\n$/s);
    expect(installed()).toBe(false);

    const engine = await setUp('demo.mjs', '--engine', 'prefect');
    expect(engine.stdout).toMatch(
      /^Setting up: a real Prefect 3\.8\.8 server\. About \d+ MB to download, \d+ MB on disk.*\noptions --engine prefect\n$/s,
    );
    expect(installed()).toBe(true);

    for (const args of [
      ['--prefect', 'demo.mjs'],
      ['demo.mjs', '--engine=prefect'],
    ])
      expect((await setUp(...args)).stdout).toMatch(/^options/);
  });
});
