import { realpathSync } from 'node:fs';
import { join } from 'node:path';

import type { Finding } from '@tributary/contract/nouns/plan';
import { messageOf } from '@tributary/contract/error';
import { projectName } from '@tributary/contract/project-name';
import { once } from '@tributary/contract/once';
import { loadParser } from '@tributary/flow/deploy';

import { readText } from '../read-text.ts';
import { readCommitTree } from './commit-tree.ts';
import { createDigester } from './digest.ts';
import { createHashes } from './find-hashes.ts';
import { missingLockfile, noGit, unreadableLockfile } from './findings.ts';
import { readHead } from './git.ts';
import { createGraph, type Parses } from './graph.ts';
import { type Lockfile, noLockfile, parseLockfile } from './lockfile.ts';
import { type Call, listCalls, listFiles, listParts, type Part, type ReachedPart, type SharedFinding } from './part.ts';
import { recent } from './recent.ts';
import type { Tree } from './tree.ts';
import { readWorkTree } from './work-tree.ts';

/** What a deployment's code is: the files and packages that decide what its runs do. */
export interface Closure {
  /** 40 hexadecimal digits */
  readonly hash: string;
  /** the files by path, and the packages by `name@version` */
  readonly parts: ReadonlyMap<string, ReachedPart>;
  /** the files without those of packages */
  readonly files: ReadonlySet<string>;
  /** the calls in these files that name a deployment by a literal */
  readonly calls: readonly Call[];
  /** what is wrong with the files of the closure */
  readonly findings: readonly Finding[];
}

/** Code as it is in the work tree, or was at a commit. */
interface CodeAt {
  /**
   * Computes the closure of an integration's deployments. Never throws: a file that can't be read is a finding.
   * @param integration `ints/<name>`
   * @param inputs the deployment's option `inputs`: globs relative to the integration, such as `../shared/sql/**`
   */
  closure(integration: string, inputs: readonly string[]): Promise<Closure>;
  /**
   * Finds the hashes of a part, also if no closure has it: of a tracked file, or of the packages of the lockfile with this name and version.
   * @param part its name in a closure
   * @returns empty if there is no such part
   */
  hashes(part: string): readonly string[];
}

/** Computes the closures of integrations. */
export interface Code extends CodeAt {
  /** Computes closures as they were at a commit. Resolves to undefined if this clone lacks the commit, or git doesn't work here. */
  at(commit: string): Promise<CodeAt | undefined>;
  /** Like {@link at}, for a search of many commits: only a few of them stay in memory. */
  inPassing(commit: string): Promise<CodeAt | undefined>;
  /** the commit that the work tree is at; undefined without git, a repository or a commit */
  head(): Promise<string | undefined>;
  /** the submodule that a path leads into; undefined if it leads into none */
  submodule(path: string): string | undefined;
  /** what is wrong with the whole workspace */
  readonly findings: readonly Finding[];
}

/** Lists the files of a workspace and reads its lockfile, once for all closures. @param root the workspace */
export async function openCode(root: string): Promise<Code> {
  const real = realpathSync(root);
  const [{ tree, withoutGit }] = await Promise.all([readWorkTree(real), loadParser()]);
  const { lockfile, finding } = readLockfile(real);
  const parses: Parses = new Map();
  const findings = [withoutGit === undefined ? undefined : noGit(withoutGit), finding].filter((one) => one !== undefined);
  const headOf = once(readHead);
  const codeIn = (files: Tree, locked: Lockfile): CodeAt => ({
    closure: closures(createGraph({ root: real, tree: files, lockfile: locked, parses })),
    hashes: createHashes(files, locked),
  });
  const openCommit = async (commit: string): Promise<CodeAt | undefined> => {
    const then = withoutGit === undefined ? await readCommitTree(real, commit, tree) : undefined;
    if (!then) return undefined;
    const locked = then.find('package-lock.json') ? lenientLockfile(then.read('package-lock.json')) : noLockfile;
    return codeIn(then, locked);
  };
  return {
    ...codeIn(tree, lockfile),
    at: once(openCommit),
    inPassing: recent(openCommit, mostInPassing),
    head: () => headOf(real),
    submodule: (path) => tree.submodule(path)?.path,
    findings: findings.map((one) => ({ ...one, integration: null })),
  };
}

/** A commit of 20,000 files takes 7 MB. */
const mostInPassing = 8;

function closures(partOf: (integration: string, inputs: readonly string[]) => Part): Code['closure'] {
  const digest = createDigester();
  return async (integration, inputs) => {
    const part = partOf(integration, inputs);
    const { hash, findings } = digest(part);
    let parts: Closure['parts'] | undefined;
    let files: Closure['files'] | undefined;
    return {
      hash,
      findings: findings.map((one) => ({ ...one, integration: projectName(integration) })),
      get parts() {
        return (parts ??= listParts(part));
      },
      get files() {
        return (files ??= listFiles(part));
      },
      get calls() {
        return listCalls(part);
      },
    };
  };
}

/** Reads package-lock.json. If it can't be read, the packages count that npm installed last. */
function readLockfile(root: string): { readonly lockfile: Lockfile; readonly finding?: SharedFinding } {
  const text = readText(join(root, 'package-lock.json'));
  if (text === undefined) return { lockfile: installed(root), finding: missingLockfile() };
  try {
    return { lockfile: parseLockfile(text) };
  } catch (error) {
    return { lockfile: installed(root), finding: unreadableLockfile(...whyUnreadable(text, error)) };
  }
}

/** `npm install` alone would solve the conflict too, but drop the checksums of most packages. */
const solveConflict = 'git checkout --theirs package-lock.json && npm install';

function whyUnreadable(text: string, error: unknown): Parameters<typeof unreadableLockfile> {
  const conflict = /^<{7} /m.exec(text);
  if (conflict) return ['has the marks of a merge conflict', text.slice(0, conflict.index).split('\n').length, solveConflict];
  const reason = error instanceof SyntaxError ? `isn't JSON: ${messageOf(error)}` : "isn't a lockfile of npm 7 or newer";
  return [reason, null, 'git checkout HEAD package-lock.json && npm install'];
}

function installed(root: string): Lockfile {
  return lenientLockfile(readText(join(root, 'node_modules', '.package-lock.json')) ?? '');
}

function lenientLockfile(text: string): Lockfile {
  try {
    return parseLockfile(text);
  } catch {
    return noLockfile;
  }
}
