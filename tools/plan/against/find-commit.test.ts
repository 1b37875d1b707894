import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { createRepository, type Repository } from '../test-support/repository.ts';
import { findCommit } from './find-commit.ts';

let repository: Repository;
const commits: string[] = [];
const others: Repository[] = [];

beforeAll(async () => {
  repository = await createRepository({ 'a.txt': '1' });
  commits.push(await repository.commit());
  await repository.git('branch', '-m', 'main');
  await repository.git('tag', '-a', 'v1', '-m', 'Version 1');
  commits.push(await repository.commit());
});
afterAll(async () => {
  await Promise.all([repository, ...others].map((one) => one.remove()));
});
afterEach(() => {
  vi.unstubAllEnvs();
});

async function cloneWith(...options: readonly string[]): Promise<Repository> {
  const clone = await createRepository({});
  others.push(clone);
  await clone.git('clone', '-q', ...options, `file://${repository.root}`, '.');
  return clone;
}

const why = (root: string, name: string): Promise<unknown> =>
  findCommit(root, name).then(
    () => 'found',
    (error: unknown) => (error instanceof Error ? error.message : error),
  );

describe('the commit of a plan', () => {
  it('is found by a branch, a tag, a hash and an ancestor', async () => {
    const [first = '', second = ''] = commits;
    const found = async (name: string) => (await findCommit(repository.root, name)).commit;
    expect([await found('main'), await found('HEAD'), await found(second), await found(second.slice(0, 8))]).toEqual([
      second,
      second,
      second,
      second,
    ]);
    expect([await found('v1'), await found('HEAD~1'), await found('main^')]).toEqual([first, first, first]);
  });

  it('is never an option, a path, a range or a text of several lines', async () => {
    for (const name of ['--upload-pack=touch x', '-x', '--help', '', ' ', 'main\n--all', 'ma\0in'])
      expect(await why(repository.root, name)).toMatch(/^--against .* isn't a commit\. Give the name of a branch/s);
    for (const name of ['../x', '/etc/passwd', 'HEAD:a.txt', 'HEAD~1..HEAD', '^HEAD', '$(touch x)', 'main; ls'])
      expect(await why(repository.root, name)).toMatch(/^This clone has no commit ".*"\. Check the name, or run `git fetch`/);
  });

  it('is suggested with its remote, or with how to fetch it', async () => {
    await repository.git('branch', 'other', 'HEAD~1');
    const clone = await cloneWith();
    expect(await why(clone.root, 'other')).toBe('This clone has no branch or commit "other". Did you mean origin/other?');
    const hash = 'f'.repeat(40);
    expect(await why(clone.root, hash)).toBe(`This clone has no commit "${hash}". Fetch it first: \`git fetch --depth=1 origin ${hash}\`.`);

    const shallow = await cloneWith('--depth=1', '--branch=main');
    expect(await why(shallow.root, 'HEAD~1')).toMatch(/This clone is shallow, so it lacks older commits\. Run `git fetch --unshallow`/);
    const text = await why(shallow.root, 'other');
    const [, command = '', name = ''] = /Run `git ([^`]+)`, and give --against (\S+)\.$/.exec(String(text)) ?? [];
    await shallow.git(...command.split(' '));
    expect((await findCommit(shallow.root, name)).commit).toBe(commits[0]);
  });

  it('needs git and a repository', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-plain-'));
    vi.stubEnv('GIT_CEILING_DIRECTORIES', tmpdir());
    expect(await why(folder, 'main')).toMatch(
      /^--against needs the git repository of this workspace: git says: fatal: not a git repository/,
    );
    vi.stubEnv('PATH', folder);
    expect(await why(folder, 'main')).toBe("--against needs the git repository of this workspace: git isn't installed.");
    await rm(folder, { recursive: true });
  });
});
