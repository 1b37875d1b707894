import type { CreateNodes } from '@nx/devkit';
import { deploymentsPattern } from '@tributary/plan/project';

import { inferIntegration } from './integration.ts';
import { inferWorkspace, workspaceFile } from './workspace.ts';

/**
 * Makes the workspace's root the project `tributary`, and each `ints/<name>/deployments.ts` the project `ints-<name>`. A package.json or
 * project.json beside these files may add to the project.
 * Calls between integrations aren't edges of the project graph. Names are resolved when a flow runs, and two integrations that call each other
 * would make a cycle in the graph.
 */
export const createNodes: CreateNodes = [
  `{${workspaceFile},${deploymentsPattern}}`,
  (files) =>
    files.map((file) => {
      const project = file === workspaceFile ? inferWorkspace() : inferIntegration(file);
      return [file, { projects: { [project.root]: project } }] as const;
    }),
];
