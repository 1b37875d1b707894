import { readFile, realpath } from 'node:fs/promises';
import { relative } from 'node:path';

import { messageOf, TributaryError } from '@tributary/contract/error';

import { type DeploymentDefinition, isDeployment } from '../run/deployment-definition.ts';
import { desiredDeployment, type DesiredDeployment } from './desired-deployment.ts';
import type { LoadedFile } from './entrypoint.ts';
import { importModule } from './import-module.ts';
import { reachableFiles } from './reachable-files.ts';
import { refuseDuplicates } from './refuse-duplicates.ts';

/**
 * Imports an integration's deployments.ts and returns its deployments.
 * @param file the absolute path of deployments.ts
 * @param options.root the workspace
 * @throws `invalid_entrypoint` with the file and line of a failed import, `conflict` for two deployments with one name,
 * `invalid_parameters` for a parameter that JSON can't hold, `invalid_schedule` for an invalid cron or timezone
 */
export async function loadDeployments(file: string, options: { readonly root: string }): Promise<DesiredDeployment[]> {
  const [root, path] = await Promise.all([real(options.root), real(file)]);
  const exported = await importModule(path, root);
  const found = new Map<DeploymentDefinition, string>();
  for (const [name, value] of Object.entries(exported)) {
    if (isDeployment(value) && !found.has(value)) found.set(value, name);
  }
  await refuseUnexported(path, root, [...found.values()]);
  const files = await loadFiles(path, root);
  const desired = await Promise.all(
    [...found].map(([definition, exportName]) => desiredDeployment(definition, { file: path, exportName }, files, root)),
  );
  refuseDuplicates(desired);
  return desired;
}

/** Lists the files that a module reaches, with their exports. All files are already evaluated, so importing them runs no code. */
async function loadFiles(entry: string, root: string): Promise<LoadedFile[]> {
  const files = await reachableFiles(entry);
  return Promise.all(files.map(async (file) => ({ ...file, exports: await importModule(file.path, root) })));
}

async function real(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw new TributaryError('invalid_entrypoint', `${path} can't be read: ${messageOf(error)}.`, { cause: error });
  }
}

/** Refuses a deployment that is defined but neither exported nor used: the author forgot to export it. */
async function refuseUnexported(path: string, root: string, exported: readonly string[]): Promise<void> {
  const text = await readFile(path, 'utf8');
  // Removes strings and comments, but keeps their line breaks, so that line numbers stay right.
  const code = text.replaceAll(/'[^'\n]*'|"[^"\n]*"|\/\/.*|\/\*[^]*?\*\//g, (found) => found.replaceAll(/./g, ''));
  if (exported.length > 0 && (code.match(/\bdeployFactory\(/g)?.length ?? 0) <= exported.length) return;
  const lines = code.split('\n');
  const isForgotten = (line: string): boolean => {
    const [, name] = /^\s*(?:const|let|var)\s+([\w$]+)\b.*\bdeployFactory\(/.exec(line) ?? [];
    return name !== undefined && code.split(new RegExp(`(?<![\\w$])${RegExp.escape(name)}(?![\\w$])`)).length === 2;
  };
  const isAny = (line: string): boolean => exported.length === 0 && /^[^/]*deployFactory\(/.test(line);
  const index = lines.findIndex((line) => isForgotten(line) || isAny(line));
  if (index >= 0)
    throw new TributaryError(
      'invalid_entrypoint',
      `${relative(root, path)}:${index + 1}: this deployment is not exported, so it can't be deployed. Write \`export const … = deployFactory({…})\`.`,
    );
}
