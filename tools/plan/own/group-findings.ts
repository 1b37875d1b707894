import type { Finding } from '@tributary/contract/nouns/plan';

/**
 * Makes one finding of all deployments of an integration that have the same problem.
 * @param keyOf what the deployments of one finding have in common
 * @param toFinding gets the first of them, and the names of all
 */
export function groupFindings<One extends { readonly one: { readonly name: string; readonly project: { readonly name: string } } }>(
  found: readonly One[],
  keyOf: (found: One) => readonly string[],
  toFinding: (first: One, names: readonly string[]) => Promise<Finding>,
): Promise<Finding[]> {
  const groups = Map.groupBy(found, (each) => JSON.stringify([each.one.project.name, ...keyOf(each)]));
  const findings = [...groups.values()].flatMap((group) => {
    const names = group.map(({ one }) => one.name);
    return group.slice(0, 1).map((first) => toFinding(first, names));
  });
  return Promise.all(findings);
}
