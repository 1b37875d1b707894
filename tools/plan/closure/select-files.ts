import { basename, join, matchesGlob } from 'node:path/posix';

import type { Entry, Tree } from './tree.ts';

const script = /\.[cm]?[jt]sx?$/;
/** Markdown, tests, and what only git or npm needs. */
const uncounted =
  /\.mdx?$|(^|\/)\.git\w+$|\.(test|spec)(-d)?\.\w+$|(^|\/)(test_[^/]*|[^/]*_test|conftest)\.py$|(^|\/)(test-support|node_modules)\//;

/** True for a file of JavaScript or TypeScript, which counts only if an import leads to it. */
export function isScript(path: string): boolean {
  return script.test(path);
}

/** The files of an integration's own folder that count without an import: SQL, YAML, Python and others, but no tests and no Markdown. */
export function ownFiles(tree: Tree, integration: string): Entry[] {
  return throughLinks(tree, tree.below(integration)).filter(({ path }) => !isScript(path) && !uncounted.test(path));
}

/** The files of a package of the workspace that count: all but tests and Markdown. */
export function packageFiles(tree: Tree, folder: string): Entry[] {
  return tree.below(folder).filter(({ path }) => !uncounted.test(path));
}

/** The files that a pattern of `inputs` names. @param pattern a glob, file or folder, relative to the workspace */
export function matchingFiles(tree: Tree, pattern: string): Entry[] {
  const fixed = fixedPart(pattern);
  const submodule = tree.submodule(fixed);
  if (submodule) return [submodule];
  const candidates = tree.below(fixed === '.' ? '' : fixed);
  if (fixed !== pattern)
    return throughLinks(
      tree,
      candidates.filter(({ path }) => matchesGlob(path, pattern)),
    );
  const file = tree.find(pattern);
  if (file?.state !== 'tracked') return throughLinks(tree, candidates);
  const { path, id, isExecutable = false } = file;
  return [{ path, id, isExecutable, kind: 'file' }];
}

/** The segments of a glob before the first one with a wildcard. */
function fixedPart(pattern: string): string {
  const segments = pattern.split('/');
  const first = segments.findIndex((segment) => /[*?[\]{}()!+@\\]/.test(segment));
  return first === -1 ? pattern : join(...segments.slice(0, first));
}

/** What Python's packages are installed by. */
const requirements = ['requirements.txt', 'ints/requirements.local.txt'];

/** The files by which dbt is installed. */
export function pythonFiles(tree: Tree): Entry[] {
  return requirements.flatMap((path) => matchingFiles(tree, path));
}

/** True if there is a dbt project among these paths. */
export function hasProject(paths: readonly string[]): boolean {
  return paths.some((path) => basename(path) === 'dbt_project.yml');
}

/** Adds what symbolic links stand for. */
function throughLinks(tree: Tree, entries: readonly Entry[]): Entry[] {
  return entries.flatMap((entry) => (entry.kind === 'link' ? [entry, ...tree.behind(entry)] : [entry]));
}
