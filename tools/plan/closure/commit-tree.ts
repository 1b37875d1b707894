import { git, records } from './git.ts';
import { isScript } from './select-files.ts';
import { createTree, type Entry, readMode, type Tree } from './tree.ts';

/**
 * Lists the files of a commit. Reads the scripts, npm's files and the links that differ from those of the work tree; all others are read from there.
 * @returns undefined if this clone lacks the commit
 */
export async function readCommitTree(root: string, commit: string, now: Tree): Promise<Tree | undefined> {
  const entries = await listCommit(root, commit);
  if (!entries) return undefined;
  const current = new Map(now.below('').map(({ path, id }) => [path, id]));
  const different = entries.filter(
    ({ path, kind, id }) => kind === 'link' || (current.get(path) !== id && (isScript(path) || /(^|\/)package(-lock)?\.json$/.test(path))),
  );
  const texts = await readBlobs(root, different);
  if (!texts) return undefined;
  return createTree(entries, {
    read: (path) => texts.get(path)?.toString() ?? now.read(path),
    target: (path) => texts.get(path)?.toString(),
    stranger: () => undefined,
  });
}

/** Lists the files of a commit. @returns undefined if this clone lacks the commit */
export async function listCommit(root: string, commit: string): Promise<Entry[] | undefined> {
  if (!/^[\da-f]{7,64}$/.test(commit)) return undefined;
  const listed = await git(root, ['ls-tree', '-r', '-z', commit]);
  return listed.ok ? records(listed.output).map(parseEntry) : undefined;
}

/** Reads a line such as `100644 blob <id>\t<path>`. */
function parseEntry(line: string): Entry {
  const tab = line.indexOf('\t');
  const [mode = '', , id = ''] = line.slice(0, tab).split(' ');
  return { path: line.slice(tab + 1), ...readMode(mode), id };
}

/** Reads the contents of files, by their paths. @returns undefined if this clone lacks one of them */
export async function readBlobs(root: string, entries: readonly Pick<Entry, 'path' | 'id'>[]): Promise<Map<string, Buffer> | undefined> {
  const texts = new Map<string, Buffer>();
  if (entries.length === 0) return texts;
  const answer = await git(root, ['cat-file', '--batch'], entries.map(({ id }) => `${id}\n`).join(''));
  if (!answer.ok) return undefined;
  let at = 0;
  for (const { path } of entries) {
    // `<id> blob <size>`, a line break, the content, a line break; or `<id> missing`
    const end = answer.output.indexOf('\n', at);
    const size = Number(answer.output.toString('utf8', at, end).split(' ')[2]);
    if (!Number.isInteger(size)) return undefined;
    texts.set(path, answer.output.subarray(end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return texts;
}
