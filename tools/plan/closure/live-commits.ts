import type { Deployment } from '@tributary/contract/nouns/deployment';
import { labelNames } from '@tributary/contract/nouns/label';
import { isCommit } from '@tributary/contract/repository';

/** The commits that deployments were deployed from. */
export function liveCommits(deployments: Iterable<Deployment>): string[] {
  const commits = [...deployments].flatMap(({ labels }) => {
    const commit = labels?.[labelNames.commit];
    return typeof commit === 'string' && isCommit(commit) ? [commit] : [];
  });
  return [...new Set(commits)].toSorted();
}
