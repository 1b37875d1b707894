import type { Finding } from '@tributary/contract/nouns/plan';
import type { LoadedDeployments } from '@tributary/flow/deploy';

import type { Project } from './project.ts';

/** What an integration's deployments.ts declares. One with an error has no deployments, or deployments that can't be deployed. */
export interface Loaded extends LoadedDeployments {
  readonly project: Project;
  readonly error?: Finding;
}

/** Whether it is unknown what an integration declares. With other errors, its deployments are known. */
export function isUnloaded({ error, deployments }: Loaded): boolean {
  return error?.code === 'broken_integration' || (error?.code === 'duplicate_name' && deployments.length === 0);
}

/** The names `flow/deployment` that an integration declares, also as those of deployments from outside. */
export function declaredNames({ deployments, externals }: Loaded): string[] {
  return [...deployments, ...externals].map(({ name }) => name);
}
