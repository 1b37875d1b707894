import type { TargetConfiguration } from '@nx/devkit';
import type { Verb } from '@tributary/plan/projects';

/** The targets of an integration, or of the root project. Their executors have the same names. @param descriptions what each target does, for `nx show project` */
export function targets(project: string, descriptions: Readonly<Record<Verb, string>>): Record<Verb, TargetConfiguration> {
  return { plan: target('plan', project, descriptions.plan), deploy: target('deploy', project, descriptions.deploy) };
}

function target(verb: Verb, project: string, description: string): TargetConfiguration {
  return {
    executor: `@tributary/nx-plugin:${verb}`,
    // The result depends on the engine's live state, which Nx's hash of files doesn't cover.
    cache: false,
    inputs: ['default', '^default', { env: 'TRIBUTARY_API_URL' }, { env: 'PREFECT_API_URL' }],
    metadata: {
      description,
      technologies: ['tributary'],
      help: { command: `npx nx ${verb} ${project} --help`, example: { options: { engine: 'prefect' } } },
    },
  };
}
