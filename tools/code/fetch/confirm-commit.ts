import { rmSync } from 'node:fs';

import { isTributaryError, TributaryError } from '@tributary/contract/error';

import { type Code, nameOf } from '../code.ts';
import type { Lock } from '../hold/acquire.ts';
import { isTemporary } from './explain-failure.ts';
import { openObjects } from './open-objects.ts';
import { openRemote, type RemoteOptions, type RunGit } from './open-remote.ts';

const branches = 'refs/heads/*';
const tags = 'refs/tags/*';
/** Fetches commits alone, without their folders and files. */
const fetchCommits = ['fetch', '--quiet', '--filter=tree:0', '--no-tags', '--no-write-fetch-head'];
const keptAs = (ref: string): string => `+${ref}:${ref.replace(/^refs\//, 'refs/tips/')}`;

/**
 * Checks that a server has a commit, and that a branch or a tag of the repository reaches it. GitHub also serves the commits of forks, which
 * anybody may write. Nothing that this machine holds counts: the folder is emptied before each fetch.
 * @param folder an own folder, which is removed afterwards
 * @param lock the folder's lock, held alone
 * @throws `not_found` if the server doesn't have the commit; `misuse` with the fact `unreached` if no branch or tag reaches it
 */
export async function confirmCommit(
  code: Pick<Code, 'repository' | 'commit'>,
  folder: string,
  lock: Lock,
  options: RemoteOptions,
): Promise<void> {
  const git = openRemote({ repository: code.repository, name: nameOf(code) }, folder, lock, options);
  const open = (): RunGit => {
    rmSync(folder, { recursive: true, force: true });
    openObjects(folder);
    return git;
  };
  try {
    if (await isTip(open(), code.commit)) return;
    const { date, refs } = await findNewer(open, code.commit);
    if (refs.length > 0 && (await reachedSince(open(), code.commit, date, refs))) return;
    // The clock of a machine that made a commit may have been wrong. Only the whole history proves that nothing reaches the commit.
    if (await hasCommit(await fetchTips(open, []), code.commit)) return;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  throw new TributaryError(
    'misuse',
    `${new URL(code.repository).host} serves ${nameOf(code)}, but no branch or tag of this repository reaches it. It is a commit of a fork, or a force-push left it behind. Push a branch that has it (git push), or deploy from a commit of a branch.`,
    { facts: { unreached: true } },
  );
}

async function isTip(git: RunGit, commit: string): Promise<boolean> {
  const lines = (await git(['ls-remote', 'origin', branches, tags])).split('\n');
  return lines.some((line) => line.startsWith(`${commit}\t`));
}

/** Fetches the commit as a worker would, and the commits at the tips. @returns the tips that aren't older than the commit */
async function findNewer(open: () => RunGit, commit: string): Promise<{ readonly date: number; readonly refs: readonly string[] }> {
  const git = await fetchTips(open, ['--depth=1'], `${commit}:refs/tips/commit`);
  const format = '--format=%(refname) %(committerdate:unix)%(*committerdate:unix)';
  const lines = (await git(['for-each-ref', format, 'refs/tips'])).trim().split('\n');
  const tips = lines.map((line) => {
    const [name = '', date] = line.split(' ');
    return { ref: name.replace('/tips/', '/'), date: Number(date) };
  });
  const date = tips.find(({ ref }) => ref === 'refs/commit')?.date ?? 0;
  return { date, refs: tips.filter((tip) => tip.ref !== 'refs/commit' && tip.date >= date).map(({ ref }) => ref) };
}

/** Fetches what branches and tags reach. @param wanted what to fetch besides */
async function fetchTips(open: () => RunGit, flags: readonly string[], ...wanted: readonly string[]): Promise<RunGit> {
  const fetchFrom = async (...refs: readonly string[]): Promise<RunGit> => {
    const git = open();
    await git([...fetchCommits, ...flags, 'origin', ...wanted, ...refs.map(keptAs)]);
    return git;
  };
  try {
    return await fetchFrom(branches, tags);
  } catch (error) {
    // A tag may name a folder or a file. git wants it whole then, although it isn't sent.
    if (!isTributaryError(error, 'crashed')) throw error;
    return fetchFrom(branches);
  }
}

/** Fetches what the tips reach, up to a date, in seconds since 1970. @returns false if the commit isn't among it, or the server can't do that */
async function reachedSince(git: RunGit, commit: string, date: number, refs: readonly string[]): Promise<boolean> {
  try {
    await git([...fetchCommits, `--shallow-since=${date}`, 'origin', ...refs.map(keptAs)]);
    return await hasCommit(git, commit);
  } catch (error) {
    if (isTemporary(error)) throw error;
    return false;
  }
}

/** Looks without a request: git would fetch a commit that it lacks. */
async function hasCommit(git: RunGit, commit: string): Promise<boolean> {
  const lines = await git(['cat-file', '--batch-all-objects', '--batch-check=%(objectname) %(objecttype)']);
  return lines.split('\n').includes(`${commit} commit`);
}
