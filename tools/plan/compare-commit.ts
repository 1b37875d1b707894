import { labelNames } from '@tributary/contract/nouns/label';
import { type Engine, identifyWorkspace } from '@tributary/flow/engine';

import { whyAbsent } from './closure/history.ts';
import { findIntegrations } from './load/find-integrations.ts';
import type { Project } from './load/project.ts';
import { beginReading } from './own/begin-reading.ts';
import { idsOf, ownerOf, relationOf } from './own/owner.ts';

/** How what is deployed, and this work tree, differ from a commit. */
export interface CommitComparison {
  /** the commits that the workspace's live deployments were deployed from, with the number of their deployments; null for none that is known */
  readonly live: ReadonlyMap<string | null, number>;
  /** the folders of integrations that the commit has, and neither this work tree nor its own commit */
  readonly gone: readonly string[];
  /** the names of integrations that this work tree or the engine has, and the commit doesn't */
  readonly newer: readonly string[];
}

interface Given {
  /** the workspace */
  readonly root: string;
  /** a folder with the files of the commit */
  readonly commitRoot: string;
  readonly engine: Engine;
  readonly env: NodeJS.ProcessEnv;
}

/** Compares a commit with what is deployed and with the work tree. Nothing is written. */
export async function compareCommit({ root, commitRoot, engine, env }: Given): Promise<CommitComparison> {
  const workspace = await identifyWorkspace(engine, root, env);
  const rows = await beginReading(engine, { all: false, deletes: true }).owned;
  const ours = await idsOf(workspace, rows);
  const owned = rows.filter((row) => relationOf(ownerOf(row), ours) === 'ours');
  const commitOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const live = Map.groupBy(owned, ({ labels }) => commitOf(labels?.[labelNames.commit]));
  const [here, there] = [findIntegrations(root), findIntegrations(commitRoot)];
  const [hereNames, thereNames] = [new Set(here.map(({ name }) => name)), new Set(there.map(({ name }) => name))];
  const missing = there.filter(({ name }) => !hereNames.has(name));
  const absences = await whyAbsent(
    root,
    missing.map((project) => `${project.root}/deployments.ts`),
  );
  // A sparse checkout lacks them too, and so does a work tree in which somebody has just removed them.
  const isGone = (project: Project): boolean =>
    ['removed', 'unknown'].includes(absences.get(`${project.root}/deployments.ts`) ?? 'unknown');
  const known = new Set([...hereNames, ...owned.flatMap((row) => ownerOf(row)?.project ?? [])]);
  return {
    live: new Map([...live].map(([commit, some]) => [commit, some.length])),
    gone: missing.filter(isGone).map((project) => project.root),
    newer: [...known].filter((name) => !thereNames.has(name)).toSorted(),
  };
}
