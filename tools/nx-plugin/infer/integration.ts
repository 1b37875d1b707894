import { basename, dirname } from 'node:path/posix';

import type { ProjectConfiguration } from '@nx/devkit';
import { projectName } from '@tributary/contract/project-name';

import { targets } from './target.ts';

const descriptions = {
  plan: 'Show what deploy would change on the engine: which deployments it would create, update (field by field), delete or leave alone.',
  deploy:
    'Create or update the deployments that deployments.ts exports, and delete those that it no longer exports. Unchanged ones are left alone.',
} as const;

/** @param file `ints/<name>/deployments.ts`, relative to the workspace */
export function inferIntegration(file: string): ProjectConfiguration {
  const root = dirname(file);
  const name = projectName(root);
  return {
    name,
    root,
    sourceRoot: root,
    projectType: 'application',
    tags: ['type:integration'],
    targets: targets(name, descriptions),
    metadata: { description: `The integration ${basename(root)}: its flows and their deployments.`, technologies: ['tributary'] },
  };
}
