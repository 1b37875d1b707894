import { globSync } from 'node:fs';
import { dirname } from 'node:path/posix';

import { deploymentsPattern, type Project, projectIn } from './project.ts';

/** Finds the integrations of a workspace: the folders below `ints/` that have a deployments.ts, in the order of their names. */
export function findIntegrations(root: string): Project[] {
  const roots = globSync(deploymentsPattern, { cwd: root }).map((file) => dirname(file.replaceAll('\\', '/')));
  return roots.toSorted().map(projectIn);
}

/** Finds the integration that a user means by `dbt`, `ints-dbt`, `ints/dbt` or `ints/dbt/`. @returns undefined if there is none */
export function matchIntegration(integrations: readonly Project[], text: string): Project | undefined {
  const name = text.replace(/^\.\//, '').replace(/\/+$/, '');
  return (
    integrations.find(({ root, name: project }) => root === name || project === name) ??
    integrations.find(({ root }) => root === `ints/${name}`)
  );
}
