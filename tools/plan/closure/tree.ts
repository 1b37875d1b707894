import { dirname, join } from 'node:path/posix';

/** A file of a tree. Its path is relative to the workspace, with slashes. */
export interface Entry {
  readonly path: string;
  /** `module` is a submodule: a folder, whose id is a commit */
  readonly kind: 'file' | 'link' | 'module';
  /** git's id of the content */
  readonly id: string;
  /** whether the file may be executed @default false */
  readonly isExecutable?: boolean;
}

const kinds: Readonly<Record<string, Entry['kind']>> = { '120000': 'link', '160000': 'module' };

/** @param mode as git prints it: `100644` */
export function readMode(mode: string): Pick<Entry, 'kind' | 'isExecutable'> {
  const kind = kinds[mode] ?? 'file';
  return mode === '100755' ? { kind, isExecutable: true } : { kind };
}

/** A file that was looked for by its path. */
export interface Found {
  /** without symbolic links */
  readonly path: string;
  readonly id: string;
  readonly isExecutable?: boolean;
  /** `unknown` if git doesn't know the file, `ignored` if git ignores it, `outside` if it isn't in the workspace */
  readonly state: 'tracked' | 'unknown' | 'ignored' | 'outside';
  /** the symbolic links that lead to it @default none */
  readonly links?: readonly Entry[];
}

/** The files of a work tree, or of a commit. */
export interface Tree {
  /** the tracked files in a folder and in the folders below it, ordered by path; all files for the folder '' */
  below(folder: string): readonly Entry[];
  /** the tracked submodule that a path leads into */
  submodule(path: string): Entry | undefined;
  find(path: string): Found | undefined;
  /** the tracked file, link or submodule of this very path: no link is followed */
  entry(path: string): Entry | undefined;
  /** what a symbolic link stands for: a file or the files of a folder; nothing if that is outside the workspace or unknown */
  behind(link: Entry): readonly Entry[];
  /** @throws when the file can't be read */
  read(path: string): string;
}

/** Where the content of a tree's files comes from. */
export interface Contents {
  read(path: string): string;
  /** the target of a symbolic link, as the link says it; undefined if it can't be read */
  target(path: string): string | undefined;
  /** looks for a file that the tree doesn't list */
  stranger(path: string): Found | undefined;
}

const mostLinks = 40;

export function createTree(entries: readonly Entry[], { read, target, stranger }: Contents): Tree {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const sorted = [...byPath.values()].toSorted((one, other) => (one.path < other.path ? -1 : 1));
  const below = (folder: string): readonly Entry[] => {
    if (folder === '') return sorted;
    const start = firstFrom(sorted, `${folder}/`);
    return sorted.slice(start, firstFrom(sorted, `${folder}0`, start)); // '0' is the character after '/'.
  };
  const ancestor = (path: string, kind: Entry['kind']): Entry | undefined => {
    for (let at = path; at !== '.' && at !== '/' && at !== '..'; at = dirname(at)) {
      const entry = byPath.get(at);
      if (entry?.kind === kind) return entry;
    }
    return undefined;
  };
  /**
   * Replaces symbolic links by what they stand for.
   * @param passed gets the links
   * @returns undefined for links that go in circles
   */
  const follow = (path: string, passed: Entry[] = []): string | undefined => {
    let followed = path;
    for (let count = 0; count < mostLinks; count += 1) {
      if (byPath.get(followed)?.kind === 'file') return followed;
      const link = ancestor(followed, 'link');
      if (!link) return followed;
      passed.push(link);
      const to = target(link.path);
      if (to === undefined) return undefined;
      followed = join(dirname(link.path), to, followed.slice(link.path.length));
    }
    return undefined;
  };
  return {
    below,
    read,
    entry: (path) => byPath.get(path),
    submodule: (path) => ancestor(path, 'module'),
    find: (path) => {
      const links: Entry[] = [];
      const followed = follow(path, links);
      const entry = followed === undefined ? undefined : byPath.get(followed);
      if (entry?.kind === 'file') {
        const { id, isExecutable = false } = entry;
        return { path: entry.path, id, isExecutable, state: 'tracked', links };
      }
      const found = followed === undefined ? undefined : stranger(followed);
      return found && { ...found, links, ...(ancestor(found.path, 'module') ? { state: 'tracked' } : {}) };
    },
    behind: (link) => {
      const followed = follow(link.path);
      if (followed === undefined || followed === '.' || link.path.startsWith(`${followed}/`)) return [];
      const entry = byPath.get(followed);
      return entry ? [entry] : below(followed).filter(({ kind }) => kind !== 'link');
    },
  };
}

/** Finds the index of the first entry whose path isn't before the given one. */
function firstFrom(sorted: readonly Entry[], path: string, start = 0): number {
  let [low, high] = [start, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.path ?? '') < path) low = middle + 1;
    else high = middle;
  }
  return low;
}
