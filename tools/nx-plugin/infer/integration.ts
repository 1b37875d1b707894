import { basename, dirname } from 'node:path/posix';

import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit';

/** The file that makes a folder below `ints/` an integration. */
export const deploymentsPattern = 'ints/*/deployments.ts';

const verbs = {
  plan: 'Show what deploy would change on the engine: which deployments it would create, update (field by field) or leave alone.',
  deploy: 'Create or update the deployments that deployments.ts exports. Unchanged ones are left alone.',
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
    targets: { plan: target('plan', name), deploy: target('deploy', name) },
    metadata: { description: `The integration ${basename(root)}: its flows and their deployments.`, technologies: ['tributary'] },
  };
}

/** @param root `ints/<name>` */
export function projectName(root: string): string {
  return `ints-${basename(root)}`;
}

function target(verb: keyof typeof verbs, project: string): TargetConfiguration {
  return {
    executor: `@tributary/nx-plugin:${verb}`,
    // The result depends on the engine's live state, which Nx's hash of files doesn't cover.
    cache: false,
    inputs: ['default', '^default', { env: 'TRIBUTARY_API_URL' }, { env: 'PREFECT_API_URL' }],
    metadata: {
      description: verbs[verb],
      technologies: ['tributary'],
      help: { command: `npx nx ${verb} ${project} --help`, example: { options: { engine: 'prefect' } } },
    },
  };
}
