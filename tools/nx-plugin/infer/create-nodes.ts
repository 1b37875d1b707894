import type { CreateNodes } from '@nx/devkit';

import { deploymentsPattern, inferIntegration } from './integration.ts';

/**
 * Makes each `ints/<name>/deployments.ts` the project `ints-<name>`. A package.json or project.json there may add to it.
 * Calls between integrations aren't edges of the project graph. Names are resolved when a flow runs, and two integrations that call each other
 * would make a cycle in the graph.
 */
export const createNodes: CreateNodes = [
  deploymentsPattern,
  (files) =>
    files.map((file) => {
      const project = inferIntegration(file);
      return [file, { projects: { [project.root]: project } }] as const;
    }),
];
