import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { plan as planNoun } from '@tributary/contract/nouns/plan';
import { afterAll, describe, expect, it } from 'vitest';

import { callCommand, type Ended, startCommand } from '../test-support/command.ts';
import { createWorkspace } from '../test-support/stage.ts';

const repository = resolve(import.meta.dirname, '..', '..', '..');
const removals: (() => void)[] = [];
afterAll(() => {
  for (const remove of removals) remove();
});

/** A deployments.ts with one deployment `load/nightly`. @param options of deployFactory, as source text */
function source(options = '', before = ''): string {
  return [
    before,
    "import { deployFactory, flow } from '@tributary/flow';",
    "export const load = flow({ name: 'load' }, () => 1);",
    `export const nightly = deployFactory({ name: 'nightly', flow: load, ${options} });\n`,
  ].join('\n');
}

/** A workspace in a git repository, without a server. Its commands put temporary files into a folder of their own. */
function workspaceWith(text: string) {
  const { root, remove } = createWorkspace();
  const temporary = mkdtempSync(join(tmpdir(), 'tributary-tmp-'));
  removals.push(remove, () => rmSync(temporary, { recursive: true, force: true }));
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const git = (...args: readonly string[]): string => {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.org'];
    return execFileSync('git', [...author, ...args], { cwd: root, env, encoding: 'utf8' }).trim();
  };
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  write('.gitignore', 'node_modules\n.tributary\n*.gen.ts\n');
  write('package.json', '{"type": "module"}');
  write('package-lock.json', '{"lockfileVersion": 3, "packages": {}}');
  write('ints/shop/deployments.ts', text);
  git('init', '-q');
  git('add', '-A');
  git('commit', '-q', '-m', 'First');
  const first = git('rev-parse', 'HEAD');
  const start = (...args: readonly string[]) => startCommand(args, { cwd: root, env: { TMPDIR: temporary } });
  const leftovers = (): string[] => readdirSync(temporary).filter((name) => name.startsWith('tributary-'));
  /** Runs a command in this process, which must not import code of the workspace. */
  const call = (...args: readonly string[]): Promise<Ended> => callCommand(args, { cwd: root }).ended;
  return { root, write, git, first, start, call, run: (...args: readonly string[]): Promise<Ended> => start(...args).ended, leftovers };
}

describe.concurrent('plan --against', () => {
  it('prints what changes, and in one line what it cannot know, without a server', async () => {
    const { write, first, run, leftovers } = workspaceWith(source());
    const same = await run('plan', '--against', 'HEAD', '--detailed-exitcode');
    const unknown = 'Not known without an engine: drift, what people changed, waiting runs, other owners, which work pools exist.';
    write('ints/shop/deployments.ts', source("cron: '0 5 * * *'"));
    const [text, json, markdown] = await Promise.all([
      run('plan', '--against', 'HEAD', '--why', '--detailed-exitcode'),
      run('plan', 'shop', '--against', first, '--json'),
      run('plan', '--against', 'HEAD', '--markdown'),
    ]);
    // The first plan writes the registry.
    expect([same.code, same.stdout]).toEqual([0, expect.stringContaining('0 to create, 0 to update, 1 unchanged.')]);
    expect(text).toEqual({
      code: 2,
      stderr: '',
      stdout: [
        `Comparing with commit ${first.slice(0, 12)} (HEAD), without an engine`,
        '',
        'ints/shop',
        '  ~ update load/nightly (code changed)',
        '      schedule cron-1: (none) → 0 5 * * *',
        '      code changed: ints/shop/deployments.ts',
        '',
        unknown,
        '',
        '0 to create, 1 to update, 0 unchanged.',
        '',
      ].join('\n'),
    });
    expect([json.code, planNoun.parse(JSON.parse(json.stdout)).engine]).toEqual([
      0,
      { kind: 'commit', commit: first, name: first, unknown: ['drift', 'people', 'waiting_runs', 'owners', 'work_pools'] },
    ]);
    expect(markdown.stdout).toContain(
      `Comparing with commit ${first.slice(0, 12)} (HEAD), without an engine\n\nNot known without an engine: drift`,
    );
    expect(leftovers()).toEqual([]);
  });

  it('refuses what needs an engine, and a deploy of its plan', async () => {
    const { root, run, call } = workspaceWith(source());
    for (const [option, ...values] of [
      ['--out', 'plan.json'],
      ['--all'],
      ['--take-over', 'acme/sales'],
      ['--allow-older'],
      ['--reset', 'paused'],
      ['--storage', 'git'],
      ['--url', 'http://127.0.0.1:9/api'],
      ['--engine', 'prefect'],
    ] as const)
      expect(await call('plan', '--against', 'HEAD', option, ...values)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining(option),
      });
    const { stdout } = await run('plan', '--against', 'HEAD', '--json');
    writeFileSync(join(root, 'plan.json'), stdout);
    expect(await call('deploy', '--plan', 'plan.json')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^The plan \S+plan\.json compares with commit [\da-f]{12} \(HEAD\), without an engine, so it can't be deployed\./,
      ),
    });
  });

  it('exits with 2 for an unknown commit, and with 1 where 2 means changes', async () => {
    const { call } = workspaceWith(source());
    const wrong = await call('plan', '--against', 'mian');
    expect(wrong).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(/^This clone has no commit "mian"\. Check the name/) });
    expect((await call('plan', '--against=--upload-pack=x', '--detailed-exitcode')).code).toBe(1);
  });

  it('loads the commit with the variables of its own .env, and those of this machine', async () => {
    const text = source("version: `${process.env['LEVEL']} ${process.env['HERE']}`");
    const { write, git, run } = workspaceWith(text);
    write('.env', 'LEVEL=one\nHERE=committed\n');
    write('.gitignore', 'node_modules\n.tributary\n*.gen.ts\n.env.local\n');
    git('add', '-A');
    git('commit', '-q', '-m', 'Level');
    write('.env', 'LEVEL=two\nHERE=committed\n');
    write('.env.local', 'HERE=mine\n');
    expect((await run('plan', '--against', 'HEAD')).stdout).toContain('  ~ update load/nightly\n      version: one mine → two mine\n');
    expect((await run('plan', '--against', 'HEAD~1')).stdout).toContain('      version: undefined mine → two mine\n');
  });

  it('does not let a broken commit pass as unchanged', async () => {
    const { write, run } = workspaceWith('export const = 1;\n');
    write('ints/shop/deployments.ts', source());
    const plain = await run('plan', '--against', 'HEAD');
    expect([plain.code, plain.stdout]).toEqual([
      0,
      expect.stringMatching(/warning: .*ints\/shop isn't compared, because its deployments\.ts of commit/),
    ]);
    expect((await run('plan', '--against', 'HEAD', '--detailed-exitcode')).code).toBe(2);
  });

  it('prints nothing of what the code of the commit prints on standard output', async () => {
    const noisy = "console.log('noise');\nsetInterval(() => console.log('noise'), 1);\nvoid Promise.reject(new Error('left behind'));";
    const { write, run, leftovers } = workspaceWith(source('', noisy));
    write('ints/shop/deployments.ts', source("version: '2'"));
    const { code, stdout, stderr } = await run('plan', '--against', 'HEAD', '--json');
    expect([code, planNoun.parse(JSON.parse(stdout)).tally, stderr]).toEqual([
      0,
      expect.objectContaining({ update: 1 }),
      expect.stringContaining('noise'),
    ]);
    expect(leftovers()).toEqual([]);
  });

  it('leaves no temporary files when it is interrupted or killed', async () => {
    const waits = "console.log('it waits in ' + process.pid);\nsetInterval(() => undefined, 1000);\nawait new Promise(() => undefined);";
    const { write, start, leftovers } = workspaceWith(source('', waits));
    write('ints/shop/deployments.ts', source("version: '2'"));
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      const running = start('plan', '--against', 'HEAD');
      const [, loader] = await running.printed(/it waits in (\d+)/);
      expect(leftovers()).toHaveLength(1);
      running.kill(signal);
      // Ctrl-C ends both processes.
      if (signal === 'SIGINT') process.kill(Number(loader), 'SIGKILL');
      // The streams close when the process that loads the commit has ended too.
      await running.ended;
      expect(leftovers()).toEqual([]);
    }
  });
});
