import { realpathSync } from 'node:fs';
import { relative } from 'node:path';

import { messageOf, TributaryError } from '@tributary/contract/error';
import { once } from '@tributary/contract/once';

import { type ExternalDeclaration, externalsIn, recordExternals } from '../run/children/external-declarations.ts';
import { type DeploymentDefinition, isDeployment } from '../run/deployment-definition.ts';
import { desiredDeployment, type DesiredDeployment } from './desired-deployment.ts';
import type { LoadedFile } from './entrypoint.ts';
import { importModule } from './import-module.ts';
import { loadParser } from './parse-module.ts';
import { placedError } from './place.ts';
import { type ParsedFiles, reachableFiles, type SourceFile } from './reachable-files.ts';
import { refuseDuplicates } from './refuse-duplicates.ts';

/** What an integration's deployments.ts and the files that it reaches declare. */
export interface LoadedDeployments {
  readonly deployments: readonly DesiredDeployment[];
  readonly externals: readonly ExternalDeclaration[];
}

/** The files that were loaded already, by their paths. */
export interface SharedFiles {
  readonly parsed: ParsedFiles;
  readonly loaded: Map<string, Promise<LoadedFile>>;
  /** resolves the symbolic links in a path @throws `invalid_entrypoint` if the file can't be read */
  readonly real: (path: string) => string;
}

/** Makes what several calls of {@link loadDeployments} share. */
export function shareFiles(): SharedFiles {
  return { parsed: new Map(), loaded: new Map(), real: once(real) };
}

/**
 * Imports an integration's deployments.ts and returns its deployments.
 * @param file the absolute path of deployments.ts
 * @param options.root the workspace
 * @param options.shared what several loads share, so that a file that several integrations import is read once
 * @throws `invalid_entrypoint` with the file and line of a failed import, `conflict` for two deployments with one name,
 * `invalid_parameters` for a parameter that JSON can't hold, `invalid_schedule` for an invalid cron or timezone
 */
export async function loadDeployments(
  file: string,
  options: { readonly root: string; readonly shared?: SharedFiles },
): Promise<LoadedDeployments> {
  recordExternals();
  const shared = options.shared ?? shareFiles();
  const [root, path] = [shared.real(options.root), shared.real(file)];
  await loadParser();
  const exported = await importModule(path, root);
  const found = new Map<DeploymentDefinition, string>();
  for (const [name, value] of Object.entries(exported)) {
    if (isDeployment(value) && !found.has(value)) found.set(value, name);
  }
  const files = await loadFiles({ path, exported }, root, shared);
  refuseUnexported(files.at(-1)?.text ?? '', relative(root, path), [...found.values()]);
  const deployments = await Promise.all(
    [...found].map(([definition, exportName]) => desiredDeployment(definition, { file: path, exportName }, files, root)),
  );
  await refuseDuplicates(deployments, root);
  // A module lists its exports by their names in the code, which users don't see.
  const sorted = deployments.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return { deployments: sorted, externals: externalsIn(files.map((loaded) => loaded.path)) };
}

/** Lists the files that a module reaches, with their exports. All files are already evaluated, so importing them runs no code. */
async function loadFiles(
  entry: { readonly path: string; readonly exported: LoadedFile['exports'] },
  root: string,
  { parsed, loaded }: SharedFiles,
): Promise<LoadedFile[]> {
  return Promise.all(
    reachableFiles(entry.path, parsed).map((file) => {
      if (file.path === entry.path) return { ...file, exports: entry.exported };
      const loading = loaded.get(file.path) ?? loadFile(file, root);
      loaded.set(file.path, loading);
      return loading;
    }),
  );
}

async function loadFile(file: SourceFile, root: string): Promise<LoadedFile> {
  return { ...file, exports: await importModule(file.path, root) };
}

/** Resolves symbolic links, synchronously: for one file that takes a tenth of the time. */
function real(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    throw new TributaryError('invalid_entrypoint', `${path} can't be read: ${messageOf(error)}.`, { cause: error });
  }
}

/** Refuses a deployment that is defined but neither exported nor used: the author forgot to export it. */
function refuseUnexported(text: string, file: string, exported: readonly string[]): void {
  const isEachExported = (code: string): boolean =>
    exported.length > 0 && (code.match(/\bdeployFactory\(/g)?.length ?? 0) <= exported.length;
  if (isEachExported(text)) return;
  // Removes strings and comments, but keeps their line breaks, so that line numbers stay right.
  const code = text.replaceAll(/'[^'\n]*'|"[^"\n]*"|\/\/.*|\/\*[^]*?\*\//g, (found) => found.replaceAll(/./g, ''));
  if (isEachExported(code)) return;
  const lines = code.split('\n');
  const isForgotten = (line: string): boolean => {
    const [, name] = /^\s*(?:const|let|var)\s+([\w$]+)\b.*\bdeployFactory\(/.exec(line) ?? [];
    return name !== undefined && code.split(new RegExp(`(?<![\\w$])${RegExp.escape(name)}(?![\\w$])`)).length === 2;
  };
  const isAny = (line: string): boolean => exported.length === 0 && /^[^/]*deployFactory\(/.test(line);
  const index = lines.findIndex((line) => isForgotten(line) || isAny(line));
  if (index >= 0)
    throw placedError('invalid_entrypoint', {
      file,
      line: index + 1,
      message: "This deployment is not exported, so it can't be deployed. Write `export const … = deployFactory({…})`.",
    });
}
