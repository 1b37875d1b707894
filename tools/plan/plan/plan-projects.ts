import { labelNames, type Labels } from '@tributary/contract/nouns/label';
import type { DesiredDeployment } from '@tributary/flow/deploy';

import type { Code } from '../closure/open-code.ts';
import type { Loaded } from '../load/loaded.ts';
import type { Project } from '../load/project.ts';
import { merge, type Reset } from '../merge/merge.ts';
import type { Storage } from '../storage/storage.ts';
import { actionOf } from './action-of.ts';
import type { ComparedProject, PlannedPut } from './planned.ts';
import { readCode } from './read-code.ts';
import type { LiveDeployments } from './read-live.ts';

interface Given {
  readonly live: LiveDeployments;
  readonly code: Code;
  /** the id of the workspace */
  readonly workspace: string;
  readonly reset: Reset;
  readonly storage: Storage;
}

/** Compares the deployments that the loaded integrations declare with the live ones. An integration with an error isn't compared. */
export function planProjects(loaded: readonly Loaded[], given: Given): Promise<ComparedProject[]> {
  return Promise.all(
    loaded.map(async ({ project, deployments, error }) => ({
      project,
      puts: error ? [] : await Promise.all(deployments.map((desired) => planOne(desired, project, given))),
    })),
  );
}

async function planOne(
  desired: DesiredDeployment,
  project: Project,
  { live: rows, code, workspace, reset, storage }: Given,
): Promise<PlannedPut> {
  const live = rows.get(desired.name);
  const toStore = { project, desired, closure: await code.closure(project.root, desired.inputs) };
  const [compared, stored] = await Promise.all([readCode(code, project, { desired, live }), storage.place(toStore, rows)]);
  const labels: Labels = {
    ...desired.request.labels,
    [labelNames.workspace]: workspace,
    [labelNames.project]: project.name,
    [labelNames.closure]: compared.closure,
    ...(stored.commit === undefined ? {} : { [labelNames.commit]: stored.commit }),
  };
  const sides = { wanted: { ...desired.request, ...stored.fields, labels }, live, keepLive: desired.keepLive, reset };
  const merged = merge(sides);
  return {
    action: actionOf(live, merged, null),
    desired,
    live,
    sides,
    merged,
    code: compared,
    newCode: stored.isNew ? toStore : null,
    owner: null,
    replaces: null,
  };
}
