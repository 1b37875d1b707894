import type { ChangedCode } from '@tributary/contract/nouns/plan';

import type { Closure, Code } from './open-code.ts';

/**
 * Finds what changed in a deployment's code since its last deploy.
 * @param integration `ints/<name>`
 * @param inputs the deployment's option `inputs`, as it is now
 * @param last the commit and the hash of the closure at the last deploy
 * @returns null if the changes can't be known: this clone lacks the commit, the last deploy had changes that weren't committed, or git
 * doesn't work here
 */
export async function changedSince(
  code: Code,
  integration: string,
  inputs: readonly string[],
  last: { readonly commit: string; readonly closure: string },
): Promise<ChangedCode[] | null> {
  const then = await code.at(last.commit);
  if (!then) return null;
  const [before, now] = await Promise.all([then.closure(integration, inputs), code.closure(integration, inputs)]);
  if (before.hash !== last.closure) return null;
  return compareParts(before.parts, now.parts);
}

/** Compares two closures. A package whose version differs has changed. @returns the changes, ordered by path */
export function compareParts(before: Closure['parts'], now: Closure['parts']): ChangedCode[] {
  const packagesBefore = new Set([...before.keys()].map(packageOf));
  const packagesNow = new Set([...now.keys()].map(packageOf));
  const changes = [
    ...[...now].flatMap(([path, { hash, way }]): ChangedCode[] => {
      if (before.get(path)?.hash === hash) return [];
      return [{ path, change: before.has(path) || packagesBefore.has(packageOf(path)) ? 'changed' : 'added', way: [...way] }];
    }),
    ...[...before].flatMap(([path, { way }]): ChangedCode[] =>
      now.has(path) || packagesNow.has(packageOf(path)) ? [] : [{ path, change: 'removed', way: [...way] }],
    ),
  ];
  return changes.toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

/** `pg` for `pg@8.23.1`; a file's path stays as it is. */
function packageOf(part: string): string {
  return /^((?:@[^/@]+\/)?[^/@]+)@[^/@]+$/.exec(part)?.[1] ?? part;
}
