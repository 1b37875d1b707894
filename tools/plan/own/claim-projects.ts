import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { Finding } from '@tributary/contract/nouns/plan';
import { once } from '@tributary/contract/once';
import type { DesiredDeployment } from '@tributary/flow/deploy';

import { loadProjects } from '../load/load-projects.ts';
import { isUnloaded, type Loaded } from '../load/loaded.ts';
import { type Project, projectIn } from '../load/project.ts';
import { duplicateName, possibleDuplicate } from '../load/refuse-duplicates.ts';
import type { Asked } from '../plan/deploy-command.ts';
import type { ComparedProject } from '../plan/planned.ts';
import { claim, type Claimant, takeFrom } from './claim.ts';
import { type Foreign, otherOwners } from './other-owners.ts';

interface Given {
  readonly loaded: readonly Loaded[];
  readonly claimant: Claimant;
  readonly root: string;
  readonly asked: Asked;
}

/** Finds out for each declared deployment whether this workspace may deploy it, and which ones change their owner. */
export async function claimProjects(
  compared: readonly ComparedProject[],
  { loaded, claimant, root, asked }: Given,
): Promise<{ readonly projects: ComparedProject[]; readonly findings: Finding[] }> {
  const rivalOf = rivalsIn(loaded, root);
  const foreign: Foreign[] = [];
  const duplicates: Finding[] = [];
  const projects = await Promise.all(
    compared.map(async ({ project, puts }) => {
      const owned = await Promise.all(
        puts.map(async (planned) => {
          const { desired, live } = planned;
          const one = claim(live, project.name, claimant);
          if (one.verdict === 'refused') foreign.push({ project, desired, owner: one.owner });
          if (one.verdict !== 'moved') return planned;
          const rival = one.isOurs ? await rivalOf(one.from.project, desired, project) : undefined;
          if (rival) duplicates.push(await rivalry(desired, project, rival));
          return takeFrom(planned, one.from);
        }),
      );
      return { project, puts: owned };
    }),
  );
  return { projects, findings: [...duplicates, ...(await otherOwners(foreign, { compared, asked }))] };
}

/**
 * Makes a function that finds the integration that a deployment belonged to, if it declares the deployment still, or can't be loaded and may
 * declare it. Otherwise the deployment moved. An integration outside of the plan is loaded to find out.
 */
function rivalsIn(loaded: readonly Loaded[], root: string) {
  const load = once(async (folder: string): Promise<Loaded | undefined> => {
    const known = loaded.find(({ project }) => project.root === folder);
    if (known || !existsSync(join(root, folder, 'deployments.ts'))) return known;
    return (await loadProjects([projectIn(folder)], root))[0];
  });
  return async (name: string, { name: deployment }: DesiredDeployment, project: Project): Promise<Loaded | undefined> => {
    if (name === project.name || !/^ints-[^/\\]+$/.test(name)) return undefined;
    const other = await load(`ints/${name.slice('ints-'.length)}`);
    return other && (isUnloaded(other) || other.deployments.some((desired) => desired.name === deployment)) ? other : undefined;
  };
}

function rivalry(desired: DesiredDeployment, project: Project, rival: Loaded): Promise<Finding> {
  return isUnloaded(rival) ? possibleDuplicate(desired, project, rival.project) : duplicateName(desired, project, [project, rival.project]);
}
