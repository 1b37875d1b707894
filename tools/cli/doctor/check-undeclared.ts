import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Deployment } from '@tributary/contract/nouns/deployment';
import { labelNames } from '@tributary/contract/nouns/label';
import { type Engine, findRoot, identifyWorkspace, type Workspace } from '@tributary/flow/engine';
import { findIntegrations, idsOf, ownerOf, relationOf } from '@tributary/plan';

import type { Call } from '../command/call.ts';
import { type Finding, ok } from './finding.ts';

/** The most deployments that are named. */
const most = 5;

/**
 * Notes the deployments of this workspace that it no longer declares. It reads the generated registries, and imports nothing. If a registry is
 * missing, or the workspace has no id on this engine, it can't know, and says nothing.
 */
export async function checkUndeclared(call: Call, engine: Engine, deployments: readonly Deployment[]): Promise<Finding[]> {
  const root = findRoot(call.cwd);
  const workspace = await identifyWorkspace(engine, root, call.env).catch(() => undefined);
  const names = workspace && (await ownedNames(workspace, deployments));
  if (!names || names.length === 0) return [];
  const registries = await readRegistries(root);
  const undeclared = registries ? names.filter((name) => !registries.some((text) => text.includes(`'${name}'`))).toSorted() : [];
  if (undeclared.length === 0) return [];
  const more = undeclared.length > most ? ` and ${undeclared.length - most} more` : '';
  return [
    ok(
      'deployments',
      `no deployments.ts declares ${undeclared.slice(0, most).join(', ')}${more}`,
      'npx tributary plan shows whether a deploy deletes them; npx tributary deployment forget NAME gives one up.',
    ),
  ];
}

/** The full names of the deployments that this workspace owns. A name that a registry would have to escape is left out. */
async function ownedNames(workspace: Workspace, deployments: readonly Deployment[]): Promise<string[]> {
  const ours = await idsOf(workspace, deployments);
  return deployments.flatMap((deployment) => {
    const flow = deployment.labels?.[labelNames.flow];
    const name = typeof flow === 'string' ? `${flow}/${deployment.name}` : '';
    return name !== '' && !/['\\]/.test(name) && relationOf(ownerOf(deployment), ours) === 'ours' ? [name] : [];
  });
}

/** Reads each integration's deployments.gen.ts. @returns undefined if one is missing */
async function readRegistries(root: string): Promise<string[] | undefined> {
  const files = findIntegrations(root).map((project) => join(root, project.root, 'deployments.gen.ts'));
  return Promise.all(files.map((file) => readFile(file, 'utf8'))).catch(() => undefined);
}
