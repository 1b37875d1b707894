import type { ProjectConfiguration } from '@nx/devkit';

import { targets } from './target.ts';

/** The file that makes the workspace's root a project. */
export const workspaceFile = 'nx.json';

const name = 'tributary';

const descriptions = {
  plan: 'Show what deploy would change on the engine, for all integrations.',
  deploy: 'Create, update or delete the deployments of all integrations, also of removed ones. Unchanged ones are left alone.',
} as const;

/**
 * The project of the workspace's root. It has no edges to the integrations, because a changed integration would then always affect the root, and
 * `nx affected -t deploy` would deploy all integrations.
 */
export function inferWorkspace(): ProjectConfiguration {
  return {
    name,
    root: '.',
    projectType: 'application',
    tags: ['type:workspace'],
    targets: targets(name, descriptions),
    metadata: { description: 'All integrations of this workspace.', technologies: ['tributary'] },
  };
}
