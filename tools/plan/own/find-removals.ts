import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { labelNames } from '@tributary/contract/nouns/label';
import type { Finding } from '@tributary/contract/nouns/plan';

import { type Absence, whyAbsent } from '../closure/history.ts';
import { loadOthers } from '../load/load-others.ts';
import { isUnloaded, type Loaded } from '../load/loaded.ts';
import type { Asked } from '../plan/deploy-command.ts';
import { keptAdopted, keptBecause, keptEarly } from './kept.ts';
import type { Undeclared } from './undeclared.ts';

interface Given {
  readonly loaded: readonly Loaded[];
  readonly root: string;
  readonly asked: Asked;
}

/** The undeclared deployments that a deploy deletes, and warnings about those that stay. */
interface Removals {
  readonly removals: readonly Undeclared[];
  readonly findings: readonly Finding[];
}

/**
 * Finds the deployments that a deploy deletes. Those of an integration that isn't planned stay. Those of an integration that is gone are deleted
 * only by a plan of everything, and only if the last commit lacks the integration too. Nothing is deleted while a deployments.ts of the
 * workspace can't be loaded, because it may declare the deployment.
 */
export async function findRemovals(undeclared: readonly Undeclared[], { loaded, root, asked }: Given): Promise<Removals> {
  const { engine, policy } = asked;
  const planned = new Set(loaded.map(({ project }) => project.name));
  const unknown = new Set(loaded.filter(isUnloaded).map(({ project }) => project.name));
  const isGone = (one: Undeclared): boolean => policy.everything && !existsSync(join(root, one.root, 'deployments.ts'));
  const candidates = undeclared.filter((one) => (planned.has(one.project) ? !unknown.has(one.project) : isGone(one)));
  if (candidates.length === 0) return { removals: [], findings: [] };
  const others = await loadOthers(loaded, root);
  const declared = new Set<string>(others.flatMap(({ deployments }) => deployments.map(({ name }) => name)));
  const left = candidates.filter(({ name }) => !declared.has(name));
  const ours = left.filter((one) => one.isOurs && isDeployed(one));
  const untouched = [
    ...keptAdopted(
      left.filter((one) => one.isOurs && !isDeployed(one)),
      engine,
    ),
    ...keptEarly(
      left.filter(({ isOurs }) => !isOurs),
      engine,
    ),
  ];
  const broken = [...loaded, ...others].find(isUnloaded);
  if (broken) return { removals: [], findings: [...keptBecause(ours, { broken: broken.project.root }, engine), ...untouched] };
  const absences = await absencesOf(
    ours.filter(({ project }) => !planned.has(project)),
    root,
  );
  const absenceOf = (one: Undeclared): Absence => absences.get(one.root) ?? 'removed';
  const stays = [...Map.groupBy(ours, absenceOf)].flatMap(([absence, some]) =>
    absence === 'removed' ? [] : keptBecause(some, { absence }, engine),
  );
  return { removals: ours.filter((one) => absenceOf(one) === 'removed'), findings: [...stays, ...untouched] };
}

/** Whether a deploy has declared the deployment. One that was adopted has no closure until then, and its code may be on another branch. */
function isDeployed({ live }: Undeclared): boolean {
  return live.labels?.[labelNames.closure] !== undefined;
}

/** Why the deployments.ts of integrations is missing, by the folder of the integration. */
async function absencesOf(gone: readonly Undeclared[], root: string): Promise<ReadonlyMap<string, Absence>> {
  const folders = [...new Set(gone.map((one) => one.root))];
  if (folders.length === 0) return new Map();
  const files = folders.map((folder) => `${folder}/deployments.ts`);
  const absences = await whyAbsent(root, files);
  return new Map(folders.map((folder) => [folder, absences.get(`${folder}/deployments.ts`) ?? 'unknown']));
}
