import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { hash } from 'node:crypto';

import { git, gitNow, readHead, records } from './git.ts';
import { createTree, type Entry, type Found, readMode, type Tree } from './tree.ts';

export interface WorkTree {
  readonly tree: Tree;
  /** the reason why git can't list the files; undefined if it can */
  readonly withoutGit: string | undefined;
}

/**
 * Lists the tracked files of a work tree. An unchanged file has its id from git's index; a changed file is hashed as git would hash it.
 * Without git, all files count as tracked, except those in folders of generated files.
 * @param root an absolute path without symbolic links
 */
export async function readWorkTree(root: string): Promise<WorkTree> {
  const listed = await git(root, ['ls-files', '-z', '-t', '--stage', '--modified', '--deleted']);
  const entries = listed.ok ? await hashChanged(root, parseIndex(records(listed.output))) : listFolder(root);
  const unknown = listed.ok ? lazily(() => readUnknown(root)) : () => undefined;
  const tree = createTree(entries, {
    read: (path) => readFileSync(join(root, path), 'utf8'),
    target: (path) => {
      const target = attempt(() => readlinkSync(join(root, path)));
      return target?.startsWith('/') ? relative(join(root, path, '..'), target) : target;
    },
    stranger: (path) => attempt(() => findStranger(root, path, unknown)),
  });
  return { tree, withoutGit: listed.ok ? undefined : listed.reason };
}

/** An entry of the index, and whether the work tree has another content. */
interface Indexed extends Entry {
  readonly changed: boolean;
}

/** Reads lines such as `H 100644 <id> 0\t<path>`. `ls-files` lists a file once more as `C` if it changed, and as `R` if it was removed. */
function parseIndex(lines: readonly string[]): Indexed[] {
  const indexed = new Map<string, Indexed>();
  const removed = new Set<string>();
  for (const line of lines) {
    const tab = line.indexOf('\t');
    const path = line.slice(tab + 1);
    const [tag = '', mode = '', id = '', stage] = line.slice(0, tab).split(' ');
    if (tag === 'R') removed.add(path);
    // A file with a conflict has several stages in the index, and another content in the work tree.
    else indexed.set(path, { path, ...readMode(mode), id, changed: tag === 'C' || stage !== '0' });
  }
  return [...indexed.values()].filter(({ path }) => !removed.has(path));
}

async function hashChanged(root: string, indexed: readonly Indexed[]): Promise<Entry[]> {
  const changed = indexed.filter((entry) => entry.changed && entry.kind === 'file' && isFile(join(root, entry.path)));
  // git applies the filters of .gitattributes, so that a file keeps its id when it is committed. Its input can't hold some paths.
  const plain = changed.filter(({ path }) => !/[\n\r"]/.test(path));
  const hashed =
    plain.length === 0 ? undefined : await git(root, ['hash-object', '--stdin-paths'], plain.map(({ path }) => `${path}\n`).join(''));
  const ids = hashed?.ok ? hashed.output.toString().trimEnd().split('\n') : [];
  const byGit = new Map(plain.map(({ path }, index) => [path, ids[index]]));
  const modules = indexed.filter((entry) => entry.changed && entry.kind === 'module');
  const commits = new Map(await Promise.all(modules.map(async ({ path }) => [path, await readHead(join(root, path))] as const)));
  return indexed.map(({ changed: isChanged, ...entry }) => {
    if (!isChanged) return entry;
    const { path, kind, id } = entry;
    if (kind === 'module') return { ...entry, id: commits.get(path) ?? id };
    return { ...entry, id: byGit.get(path) ?? hashOf(root, path) ?? id, isExecutable: isExecutable(root, entry) };
  });
}

/** Windows has no such mode: there, git's index has it. */
function isExecutable(root: string, { path, kind, isExecutable: indexed = false }: Entry): boolean {
  if (kind !== 'file' || process.platform === 'win32') return indexed;
  return ((attempt(() => statSync(join(root, path)))?.mode ?? 0) & 0o100) !== 0;
}

/** Folders of generated files, for a workspace without git. Only .gitignore names them all. */
const generated = new Set(['node_modules', '__pycache__', 'dbt_packages', 'target', 'logs']);

function listFolder(root: string, folder = ''): Entry[] {
  const listed = attempt(() => readdirSync(join(root, folder), { withFileTypes: true })) ?? [];
  return listed.flatMap((one): Entry[] => {
    const path = folder === '' ? one.name : `${folder}/${one.name}`;
    if (one.isDirectory()) return one.name.startsWith('.') || generated.has(one.name) ? [] : listFolder(root, path);
    if (one.isSymbolicLink()) return [lazyEntry(root, path, 'link')];
    return one.isFile() ? [lazyEntry(root, path, 'file')] : [];
  });
}

function lazyEntry(root: string, path: string, kind: Entry['kind']): Entry {
  const id = lazily(() => hashOf(root, path) ?? 'unreadable');
  return {
    path,
    kind,
    get id() {
      return id();
    },
  };
}

/** Hashes a file as git does. @returns undefined if it can't be read */
function hashOf(root: string, path: string): string | undefined {
  return attempt(() => {
    const file = join(root, path);
    const content = lstatSync(file).isSymbolicLink() ? Buffer.from(readlinkSync(file)) : readFileSync(file);
    return hash('sha1', Buffer.concat([Buffer.from(`blob ${content.length}\0`), content]));
  });
}

function findStranger(root: string, path: string, unknown: () => ReadonlySet<string> | undefined): Found | undefined {
  if (!isFile(join(root, path))) return undefined;
  const real = relative(root, realpathSync(join(root, path)))
    .split(sep)
    .join('/');
  if (real === '..' || real.startsWith('../') || real.startsWith('/')) return { path: real, id: '', state: 'outside' };
  const id = hashOf(root, real);
  return id === undefined ? undefined : { path: real, id, state: (unknown()?.has(real) ?? true) ? 'unknown' : 'ignored' };
}

/** Lists the files that git neither knows nor ignores. */
function readUnknown(root: string): ReadonlySet<string> | undefined {
  const listed = gitNow(root, ['ls-files', '-z', '--others', '--exclude-standard']);
  return listed.ok ? new Set(records(listed.output)) : undefined;
}

function isFile(path: string): boolean {
  return attempt(() => statSync(path))?.isFile() ?? false;
}

/** Reads from the disk. @returns undefined if that fails: the file is missing, unreadable, or its path is impossible */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function lazily<T>(compute: () => T): () => T {
  let done: { readonly value: T } | undefined;
  return () => (done ??= { value: compute() }).value;
}
