import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { Finding } from '@tributary/contract/nouns/plan';
import { shortHash } from '@tributary/contract/short-hash';
import { type DesiredDeployment, lineOf } from '@tributary/flow/deploy';

import { newestAfter } from '../closure/history.ts';
import type { Code } from '../closure/open-code.ts';
import type { Project } from '../load/project.ts';
import { liveCommits } from '../closure/live-commits.ts';
import { nameList } from './name-list.ts';

/** Deployments of an integration that a deploy creates. */
export interface Created {
  readonly project: Project;
  readonly deployments: readonly DesiredDeployment[];
}

interface Given {
  /** the live deployments of this workspace */
  readonly owned: readonly Deployment[];
  readonly code: Code;
  readonly root: string;
}

/**
 * Refuses to create deployments from a clone that is older than what is live, if their code was changed or removed since then. What was removed
 * left nothing on the engine that could tell, so it would come back.
 */
export async function findOlderCreates(created: readonly Created[], { owned, code, root }: Given): Promise<Finding[]> {
  if (created.every(({ deployments }) => deployments.length === 0)) return [];
  const head = await code.head();
  if (head === undefined) return [];
  const newest = await newestAfter(root, head, liveCommits(owned));
  const later = newest === undefined ? undefined : await code.at(newest);
  if (newest === undefined || !later) return [];
  const findings = created.map(async ({ project, deployments }): Promise<Finding[]> => {
    const closures = deployments.map(async (desired) => {
      const [now, then] = await Promise.all([code, later].map((one) => one.closure(project.root, desired.inputs)));
      return now?.hash === then?.hash ? [] : [desired];
    });
    const older = (await Promise.all(closures)).flat();
    const [first] = older;
    if (!first) return [];
    const [are, their] = older.length > 1 ? ["The deployments aren't", 'Their'] : ["The deployment isn't", 'Its'];
    return [
      {
        code: 'older_code',
        severity: 'error',
        message: `${are} live: ${nameList(older.map(({ name }) => name))}. ${their} code was changed or removed after commit ${shortHash(head)}, which this clone is at: this workspace was deployed from commit ${shortHash(newest)}. A deploy could bring back what was removed. Run \`git pull\`, or deploy with \`--allow-older\`.`,
        file: `${project.root}/deployments.ts`,
        line: await lineOf(first.source),
        integration: project.name,
        command: 'git pull',
      },
    ];
  });
  return (await Promise.all(findings)).flat();
}
