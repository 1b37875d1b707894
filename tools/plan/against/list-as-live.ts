import type { Deployment } from '@tributary/contract/nouns/deployment';

import type { Loaded } from '../load/loaded.ts';
import { projectIn } from '../load/project.ts';
import type { LiveDeployments } from '../plan/read-live.ts';
import { asLive } from './as-live.ts';
import type { Base } from './read-base.ts';

interface Given {
  /** the integrations of the work tree */
  readonly loaded: readonly Loaded[];
  readonly commit: string;
  /** the id of the workspace */
  readonly workspace: string;
}

/** Lists the deployments that a commit declares, as an engine would have them after a deploy of the commit. */
export async function listAsLive(base: Base, { loaded, commit, workspace }: Given): Promise<LiveDeployments> {
  const here = new Map(
    loaded.flatMap(({ project, deployments }) => deployments.map((one) => [`${project.root}\0${one.name}`, one] as const)),
  );
  const same = loaded.flatMap(({ project, deployments }) =>
    base.folders.has(project.root) && !base.changed.has(project.root) ? [{ folder: project.root, deployments }] : [],
  );
  const other = [...base.changed].flatMap(([folder, one]) => ('fault' in one ? [] : [{ folder, deployments: one.deployments }]));
  const rows = [...same, ...other].flatMap(({ folder, deployments }) =>
    deployments.map(async (desired): Promise<[string, Deployment]> => {
      // The present option `inputs` says of which files a change counts.
      const inputs = (here.get(`${folder}\0${desired.name}`) ?? desired).inputs;
      const { hash } = await base.code.closure(folder, inputs);
      return [desired.name, asLive(desired, { workspace, project: projectIn(folder).name, commit, closure: hash })];
    }),
  );
  return new Map(await Promise.all(rows));
}
