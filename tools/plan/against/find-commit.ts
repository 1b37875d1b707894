import { TributaryError } from '@tributary/contract/error';
import { shellWord } from '@tributary/contract/shell-word';

import { git } from '../closure/git.ts';
import { isShallow } from '../closure/history.ts';

/** A commit that a user named. */
export interface Commit {
  /** the whole hash */
  readonly commit: string;
  /** the name as the user gave it, such as `main`, `v1.2` or `HEAD~1` */
  readonly name: string;
}

/** The options of a command that take a commit. */
type CommitOption = '--against' | '--commit';

/**
 * Finds the commit that a branch, a tag or another name stands for. Nothing is fetched.
 * @param option how the user gave the name
 * @throws `misuse` if this clone has no such commit, with how to get it
 */
export async function findCommit(root: string, name: string, option: CommitOption = '--against'): Promise<Commit> {
  if (name.trim() === '' || name.startsWith('-') || /\p{Cc}/u.test(name))
    throw misuse(`${option} ${shellWord(name)} isn't a commit. Give the name of a branch or a tag, a commit's hash, or HEAD~1.`);
  const commit = await resolve(root, name);
  if (commit !== undefined) return { commit, name };
  throw misuse(await whyMissing(root, name, option));
}

async function resolve(root: string, name: string): Promise<string | undefined> {
  const found = await git(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);
  const hash = found.ok ? found.output.toString().trim() : '';
  return /^[\da-f]{40,64}$/.test(hash) ? hash : undefined;
}

async function whyMissing(root: string, name: string, option: CommitOption): Promise<string> {
  const works = await git(root, ['rev-parse', '--git-dir']);
  if (!works.ok) return `${option} needs the git repository of this workspace: ${works.reason}.`;
  const remote = `origin/${name}`;
  if (await resolve(root, remote)) return `This clone has no branch or commit "${name}". Did you mean ${remote}?`;
  return `This clone has no commit "${name}". ${await wayToGet(root, name, option)}`;
}

/** Says how to get a commit that this clone lacks. */
async function wayToGet(root: string, name: string, option: CommitOption): Promise<string> {
  const isPlain = /^[\w][\w./-]*$/.test(name) && !name.includes('..');
  if (isPlain && /^[\da-f]{40,64}$/.test(name)) return `Fetch it first: \`git fetch --depth=1 origin ${name}\`.`;
  if (!(await isShallow(root))) return `Check the name, or run \`git fetch\` if the commit is newer than this clone.`;
  if (!isPlain || name.startsWith('HEAD'))
    return 'This clone is shallow, so it lacks older commits. Run `git fetch --unshallow`, or set `fetch-depth: 0` where CI checks out.';
  return (
    'This clone is shallow, and may lack other branches. ' +
    `Run \`git fetch --depth=1 origin ${name}:refs/remotes/origin/${name}\`, and give ${option} origin/${name}.`
  );
}

/** An error in the command line. */
function misuse(message: string): TributaryError {
  return new TributaryError('misuse', message, { facts: { commandLine: true } });
}
