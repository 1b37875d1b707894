import { git, records } from './git.ts';

/** How a commit relates to the one that the work tree is at: `before` it or the same, `after` it, or on another line of history (`aside`). */
export type Standing = 'before' | 'after' | 'aside';

/**
 * Finds out how commits relate to the one that the work tree is at.
 * @param commits commits that this clone has
 * @returns nothing about a commit if git can't tell
 */
export async function placeCommits(root: string, head: string, commits: readonly string[]): Promise<ReadonlyMap<string, Standing>> {
  const beyond = commits.length === 0 ? [] : await listCommits(root, [...commits, `^${head}`]);
  if (!beyond) return new Map();
  const standings = commits.map(async (commit): Promise<[string, Standing]> => {
    if (!beyond.includes(commit)) return [commit, 'before'];
    const missed = await listCommits(root, [head, `^${commit}`], 1);
    return [commit, missed?.length === 0 ? 'after' : 'aside'];
  });
  return new Map(await Promise.all(standings));
}

/**
 * Lists the last commits before this one that changed any of these files or folders, with the newest first. Each is followed by its parents: their
 * code may have been changed by files that no longer belong to it.
 */
export async function commitsOf(root: string, head: string, paths: readonly string[], most: number): Promise<string[]> {
  const lines = [head, '--', ...paths.filter((path) => !path.includes('\n'))].map((line) => `${line}\n`).join('');
  const answer = await git(root, ['--literal-pathspecs', 'rev-list', '--format=%P', `--max-count=${most}`, '--stdin'], lines);
  // Two lines each: `commit <hash>`, and the hashes of the parents.
  return answer.ok ? [...new Set(answer.output.toString().match(/[\da-f]{40,}/g))] : [];
}

/**
 * Finds the newest of some commits that the work tree's commit leads on to.
 * @param commits whole hashes, which this clone may lack
 */
export async function newestAfter(root: string, head: string, commits: readonly string[]): Promise<string | undefined> {
  const others = new Set(commits.filter((commit) => commit !== head));
  if (others.size === 0) return undefined;
  const answer = await git(
    root,
    ['rev-list', '--ignore-missing', '--topo-order', '--ancestry-path', '--stdin'],
    [...others, `^${head}`].map((line) => `${line}\n`).join(''),
  );
  const later = answer.ok ? answer.output.toString().split('\n') : [];
  return later.find((commit) => others.has(commit));
}

/**
 * Finds the commits that history went on without, as after an amended commit or a rebased branch: neither are they in the history of the work
 * tree's commit, nor do they lead on from there. A commit that a shallow clone lacks counts as one of its history.
 */
export async function findLeftBehind(root: string, head: string, commits: readonly string[]): Promise<ReadonlySet<string>> {
  const [standings, shallow] = await Promise.all([placeCommits(root, head, await listKnown(root, commits)), isShallow(root)]);
  return new Set(commits.filter((commit) => (standings.has(commit) ? standings.get(commit) === 'aside' : !shallow)));
}

/** Lists those of the commits that this clone has. */
async function listKnown(root: string, commits: readonly string[]): Promise<string[]> {
  const answer = await git(root, ['cat-file', '--batch-check'], commits.map((commit) => `${commit}\n`).join(''));
  // A line for each: `<hash> commit <size>`, or `<hash> missing`.
  return answer.ok ? [...answer.output.toString().matchAll(/^([\da-f]{40,}) commit /gm)].map(([, commit = '']) => commit) : [];
}

/** Whether this clone lacks a part of its history on purpose. */
export async function isShallow(root: string): Promise<boolean> {
  const answer = await git(root, ['rev-parse', '--is-shallow-repository']);
  return answer.ok && answer.output.toString().trim() === 'true';
}

/**
 * Why a file isn't in the work tree. `removed`: its commit doesn't have it; `sparse`: the checkout leaves it out; `elsewhere`: its folder is a
 * submodule or a symbolic link, whose files aren't in the commit; `unknown`: git doesn't know the workspace.
 */
export type Absence = 'removed' | 'sparse' | 'uncommitted' | 'elsewhere' | 'unknown';

/** Finds out why files aren't in the work tree. @param files relative to the workspace */
export async function whyAbsent(root: string, files: readonly string[]): Promise<Map<string, Absence>> {
  const folders = new Set(files.flatMap(foldersOf));
  // A repository around the workspace, such as that of a home folder, may know nothing of it.
  const committed = await git(root, ['ls-tree', '-z', 'HEAD', '--', 'nx.json', ...folders, ...files]);
  const modes = new Map(committed.ok ? records(committed.output).map(parseEntry) : []);
  if (!modes.has('nx.json')) return new Map(files.map((file) => [file, 'unknown']));
  const kept = files.filter((file) => modes.has(file));
  const listed = kept.length > 0 ? await git(root, ['--literal-pathspecs', 'ls-files', '-z', '-t', '--', ...kept]) : undefined;
  const skipped = new Set(listed?.ok ? records(listed.output).flatMap((line) => (line.startsWith('S ') ? [line.slice(2)] : [])) : []);
  const absenceOf = (file: string): Absence => {
    if (modes.has(file)) return skipped.has(file) ? 'sparse' : 'uncommitted';
    return foldersOf(file).some((folder) => opaque.has(modes.get(folder) ?? '')) ? 'elsewhere' : 'removed';
  };
  return new Map(files.map((file) => [file, absenceOf(file)]));
}

/** The modes of symbolic links and submodules. */
const opaque: ReadonlySet<string> = new Set(['120000', '160000']);

/** The folders that a file is in, from the outside in: `ints` and `ints/crm` of `ints/crm/deployments.ts`. */
function foldersOf(file: string): string[] {
  const segments = file.split('/').slice(0, -1);
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
}

/** Reads the path and mode of a line such as `100644 blob <id>\t<path>`. */
function parseEntry(line: string): [path: string, mode: string] {
  const tab = line.indexOf('\t');
  return [line.slice(tab + 1), line.slice(0, line.indexOf(' '))];
}

/**
 * @param lines commits that lead to the listed ones, and those with `^` that must not
 * @returns undefined if git can't list them
 */
async function listCommits(root: string, lines: readonly string[], most?: number): Promise<string[] | undefined> {
  const limit = most === undefined ? [] : [`--max-count=${most}`];
  const answer = await git(root, ['rev-list', ...limit, '--stdin'], lines.map((line) => `${line}\n`).join(''));
  return answer.ok ? answer.output.toString().split('\n').slice(0, -1) : undefined;
}
