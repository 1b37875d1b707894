import { shortHash } from '@tributary/contract/short-hash';
import { type CommitComparison, commitText, type LocatedCommit } from '@tributary/plan';

/** Says from which commits to which one a deploy goes, and which integrations come and go by it. */
export function describeRollback(to: LocatedCommit, { live, gone, newer }: CommitComparison, names: readonly string[]): string[] {
  const nameOf = (hash: string | null): string => (hash === null ? 'an unknown commit' : `commit ${shortHash(hash)}`);
  const count = (number: number): string => `${number} ${number === 1 ? 'deployment' : 'deployments'}`;
  const from = [...live].map(([hash, number]) => `${nameOf(hash)} (${count(number)})`);
  return [
    `From ${from.length > 0 ? from.join(', ') : 'nothing deployed'} to ${commitText(to)}, by that commit's own framework.`,
    ...gone.map((folder) => `${folder} is gone since that commit, and is created again.`),
    // A deploy of named integrations deletes nothing of others.
    ...(names.length > 0 ? [] : newer.map((project) => `${project} is newer than that commit, so its deployments are deleted.`)),
  ];
}
