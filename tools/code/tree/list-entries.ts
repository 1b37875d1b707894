import type { RunGit } from '../fetch/open-remote.ts';

/** A file, folder or submodule of a commit. */
export interface Entry {
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'submodule';
  /** as git prints it: `100755` is a file that may be executed */
  readonly mode: string;
  /** git's id of its content */
  readonly id: string;
}

const kinds: Readonly<Record<string, Entry['kind']>> = { '040000': 'folder', '120000': 'link', '160000': 'submodule' };

/** Lists what a commit has at some paths, and in the folders among them. @param paths with none, the root */
export async function listEntries(git: RunGit, commit: string, paths: readonly string[]): Promise<Entry[]> {
  const output = await git(['ls-tree', '-r', '-t', '-z', '--full-tree', commit, '--', ...paths]);
  return output.split('\0').slice(0, -1).map(parseEntry);
}

/** Reads `100644 blob <id>\t<path>`. */
function parseEntry(line: string): Entry {
  const tab = line.indexOf('\t');
  const [mode = '', , id = ''] = line.slice(0, tab).split(' ');
  return { path: line.slice(tab + 1), kind: kinds[mode] ?? 'file', mode, id };
}
