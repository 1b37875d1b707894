import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { Ended } from '../../tools/cli/test-support/command.ts';
import { createStage, type Stage } from '../../tools/cli/test-support/stage.ts';
import { openStage as openGitStage, type Stage as GitStage, token } from '../../tools/code/test-support/stage.ts';
import { secretName, standInWorkspace } from '../support/code-stage.ts';

/** A command that says how it was called, and what it sees. */
const telling = `import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
const args = process.argv.slice(2);
if (args[1] === '--help') console.log('OPTIONS');
else if (args.includes('hang')) {
  console.log('runs in ' + process.cwd() + '.');
  setTimeout(() => console.log('It went on.'), 40_000);
}
else {
  const git = (...words) => execFileSync('git', words, { encoding: 'utf8' }).trim();
  const text = (path) => { try { return readFileSync(path, 'utf8'); } catch { return null; } };
  const { TRIBUTARY_HOME: home } = process.env;
  console.log(JSON.stringify({ args, home, cwd: process.cwd(), head: git('rev-parse', 'HEAD'), status: git('status', '--porcelain'), remote: git('remote', 'get-url', 'origin'),
    commits: Number(git('rev-list', '--count', 'HEAD')), shallow: git('rev-parse', '--is-shallow-repository'),
    env: text('.env'), local: text('.env.local'), everything: JSON.stringify([process.env, text('.git/config')]) }));
  process.exitCode = 3;
}
`;
const seenByCommand = z.object({
  args: z.array(z.string()),
  home: z.string(),
  cwd: z.string(),
  head: z.string(),
  status: z.string(),
  remote: z.string(),
  commits: z.int(),
  shallow: z.string(),
  env: z.string().nullable(),
  local: z.string().nullable(),
  everything: z.string(),
});
const options =
  '--storage --allow-older --json --markdown --why --detailed-exitcode --out --allow-deletes --take-over --reset --url --engine';

/** The files of a workspace whose framework has a stand-in for the command. @param help what the command prints for --help; null for no command */
function workspaceOf(help: string | null): Record<string, string | object> {
  const files = standInWorkspace();
  const lock = z
    .object({ packages: z.record(z.string(), z.unknown()) })
    .loose()
    .parse(files['package-lock.json']);
  if (help === null) return files;
  const packages = ['cli', 'plan'].map((name) => [`tools/${name}`, { name: `@tributary/${name}`, version: '0.1.0' }] as const);
  const links = packages.map(([folder, { name }]) => [`node_modules/${name}`, { resolved: folder, link: true }] as const);
  return {
    ...files,
    'package-lock.json': { ...lock, packages: { ...lock.packages, ...Object.fromEntries([...packages, ...links]) } },
    ...Object.fromEntries(packages.map(([folder, facts]) => [`${folder}/package.json`, { ...facts, type: 'module' }])),
    'tools/cli/bin.mjs': telling.replace('OPTIONS', help),
  };
}

describe.concurrent('deploy --commit', { timeout: 120_000 }, () => {
  let on: Stage;
  let git: GitStage;
  let root: string;
  const commits: Record<'early' | 'old' | 'good' | 'elsewhere' | 'stopped' | 'killed' | 'linked', string> = {
    early: '',
    old: '',
    good: '',
    elsewhere: '',
    stopped: '',
    killed: '',
    linked: '',
  };
  beforeAll(async () => {
    on = await createStage();
    await on.command(['secret', 'set', secretName], { input: token });
    const cleanups: (() => Promise<void>)[] = [];
    git = await openGitStage((end) => void cleanups.push(end));
    const nx = { tributary: { workspace: 'acme/data', storage: { repository: git.url, token: secretName } } };
    commits.early = await git.push({ ...workspaceOf(null), 'nx.json': nx, '.env': 'A=then\n', '.gitignore': 'node_modules\n.tributary\n' });
    commits.old = await git.push(workspaceOf('--json --allow-older'));
    commits.good = await git.push({ ...workspaceOf(options), 'ints/one/deployments.ts': '' });
    root = mkdtempSync(join(tmpdir(), 'tributary-clone-'));
    execFileSync('git', ['clone', '-q', join(git.folder, 'origin', 'acme', 'data.git'), root]);
    commits.elsewhere = await git.push({ 'ints/two/deployments.ts': '' });
    // No other test has clones of these.
    commits.stopped = await git.push({});
    commits.killed = await git.push({});
    // A link to nothing, in spite of .gitignore.
    await git.git('update-index', '--add', '--cacheinfo', `120000,${await git.git('rev-parse', 'HEAD:.env')},node_modules`);
    await git.git('commit', '-q', '-m', 'Commit packages');
    commits.linked = await git.git('rev-parse', 'HEAD');
    writeFileSync(join(root, '.env'), 'A=now\n');
    writeFileSync(join(root, '.env.local'), 'B=this machine\n');
    end = async () => {
      for (const clean of cleanups) await clean();
      rmSync(root, { recursive: true, force: true });
      await on.close();
    };
  });
  let end: () => Promise<void>;
  afterAll(() => end());

  const environment = () => ({
    TRIBUTARY_API_URL: on.url,
    TRIBUTARY_CODE_DIR: git.dir,
    HOME: git.folder,
    npm_config_cache: join(git.folder, 'npm'),
  });
  const command = (...args: string[]): Promise<Ended> => on.command(args, { cwd: root, env: environment() });

  it('runs the command of the commit in a clean clone of it, and passes on what it prints and its exit code', async () => {
    const { code, stdout, stderr } = await command(
      'deploy',
      'one',
      '--commit',
      'HEAD',
      '--json',
      '--allow-deletes',
      '3',
      '--reset',
      'a b',
      '--out',
      'x.json',
    );
    const seen = seenByCommand.parse(JSON.parse(stdout));
    expect([code, seen]).toMatchObject([
      3,
      {
        args: [
          'deploy',
          '--json',
          '--allow-older',
          `--out=${join(root, 'x.json')}`,
          '--allow-deletes=3',
          '--storage=git',
          '--reset=a b',
          '--',
          'one',
        ],
        home: join(root, '.tributary'),
        head: commits.good,
        status: '',
        remote: git.url,
        // The clone of the user knows the commits before it.
        commits: 3,
        shallow: 'false',
        env: 'A=then\n',
        local: 'B=this machine\n',
      },
    ]);
    expect(stderr).toContain(`From nothing deployed to commit ${commits.good.slice(0, 12)} (HEAD), by that commit's own framework.`);
    expect(stdout + stderr).not.toContain(token);
    expect(existsSync(seen.cwd)).toBe(false);
  });

  it('takes a whole hash that the clone of the user does not have', async () => {
    const { stdout, stderr } = await command('plan', '--commit', commits.elsewhere);
    expect(seenByCommand.parse(JSON.parse(stdout))).toMatchObject({
      args: ['plan', '--allow-older', '--storage=git', '--'],
      head: commits.elsewhere,
      commits: 1,
      shallow: 'true',
    });
    expect(stderr).toContain('ints/two is gone since that commit, and is created again.');
  });

  it('refuses commits whose framework can not deploy so', async () => {
    const { code, stdout, stderr } = await command('deploy', '--commit', commits.early.slice(0, 10));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(
      `Commit ${commits.early.slice(0, 12)} can't be deployed by --commit, because it is from before a workspace owned its deployments, so its framework has no plan. Give --commit a newer commit; or check it out and deploy it from there: git worktree add`,
    );
    const old = await command('deploy', '--commit', commits.old);
    expect([old.code, old.stdout]).toEqual([1, '']);
    expect(old.stderr).toContain(`because its command "deploy" has no option --storage.`);
    // Its help has --allow-older.
    const listing = await command('plan', '--all', '--commit', commits.old);
    expect([listing.code, listing.stderr]).toEqual([1, expect.stringContaining('because its command "plan" has no option --all.')]);
  });

  it('refuses a commit with node_modules, even if that is a link to nothing, and says what to do', async () => {
    const { code, stdout, stderr } = await command('deploy', '--commit', commits.linked);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`commit ${commits.linked.slice(0, 12)} of ${git.url} has node_modules. Packages come from package-lock.json`);
    expect(stderr).toMatch(/: git rm -r --cached node_modules\.$/m);
  });

  it('runs no code of a commit that no branch and no tag reaches, such as one of a fork', async () => {
    const tree = await git.git('rev-parse', `${commits.good}^{tree}`);
    const fork = await git.git('commit-tree', tree, '-p', commits.good, '-m', 'Steal');
    for (const verb of ['plan', 'deploy']) {
      const { code, stdout, stderr } = await command(verb, '--commit', fork);
      expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining('but no branch or tag of this repository reaches it.')]);
    }
  });

  it('says of a sparse clone, or one with removed files, only what is gone from its commit', async () => {
    const sparse = join(git.folder, 'new\nline');
    execFileSync('git', ['clone', '-q', '--sparse', join(git.folder, 'origin', 'acme', 'data.git'), sparse]);
    execFileSync('git', ['-C', sparse, 'checkout', '-q', commits.good]);
    const { code, stderr } = await on.command(['plan', '--commit', 'HEAD'], { cwd: sparse, env: environment() });
    expect([code, stderr]).toEqual([3, expect.not.stringContaining('ints/one is gone')]);
  });

  it('prints no escape sequences of a commit', async () => {
    const red = await git.push({ 'ints/\u001B[31mred/deployments.ts': '' });
    const { stderr } = await command('plan', '--commit', red);
    expect(stderr).toContain('ints/red is gone since that commit');
  });

  it('passes on a signal, and removes the clone after it', async () => {
    const running = on.start(['deploy', 'hang', '--commit', commits.stopped], { cwd: root, env: environment() });
    const [, clone = ''] = await running.printed(/runs in (.*)\./);
    expect(existsSync(clone)).toBe(true);
    running.kill('SIGTERM');
    expect((await running.ended).code).toBe(143);
    expect(existsSync(clone)).toBe(false);
  });

  it('ends the command of the commit with its own process, also by kill −9, and leaves nothing that is in the way of the next one', async () => {
    const running = on.start(['deploy', 'hang', '--commit', commits.killed], { cwd: root, env: environment() });
    const [, clone = ''] = await running.printed(/runs in (.*)\./);
    running.kill('SIGKILL');
    // Its output is closed once the last process that writes there has ended.
    expect((await running.ended).stdout).not.toContain('It went on.');
    const { code, stdout } = await command('deploy', '--commit', commits.killed);
    expect([code, seenByCommand.parse(JSON.parse(stdout))]).toMatchObject([3, { cwd: clone, status: '' }]);
    expect(existsSync(clone)).toBe(false);
  });

  it.each<[string[], number, string]>([
    [['deploy', '--commit', 'HEAD', '--plan', 'x.json'], 2, 'Give --plan or --commit, not both.'],
    [['plan', '--commit', 'HEAD', '--against', 'HEAD'], 2, 'Give --against or --commit, not both.'],
    [['deploy', '--commit', 'HEAD', '--storage', 'folder'], 2, 'Give --commit without --storage folder'],
    [['deploy', '--commit=--upload-pack=x'], 2, "--commit '--upload-pack=x' isn't a commit."],
    [['deploy', '--commit', 'v9'], 2, 'This clone has no commit "v9".'],
    [['deploy', '--commit', 'a'.repeat(40)], 1, `doesn't have commit ${'a'.repeat(12)} of http://`],
  ])('%s is refused with what to do', async (args, code, message) => {
    const ended = await command(...args);
    expect([ended.code, ended.stdout, ended.stderr]).toEqual([code, '', expect.stringContaining(message)]);
  });
});
