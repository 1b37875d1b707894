import { createRequire, isBuiltin } from 'node:module';
import { join, relative } from 'node:path';
import { dirname, join as joinSlashes } from 'node:path/posix';
import { fileURLToPath } from 'node:url';

import type { ParsedImport } from '@tributary/flow/deploy';

/** What an import loads: a file relative to the workspace, or a package by its name. */
export type Target = { readonly file: string } | { readonly package: string };

/**
 * Finds what an import loads.
 * @param file the importing file, relative to the workspace
 * @returns null for a module of Node itself, or a URL of another kind; undefined when there is no such file
 */
export function resolveImport(root: string, file: string, specifier: string, kind: ParsedImport['kind']): Target | null | undefined {
  try {
    return resolve(root, file, specifier, kind);
  } catch {
    // The specifier isn't a valid URL, or the package.json doesn't define it.
    return undefined;
  }
}

function resolve(root: string, file: string, specifier: string, kind: ParsedImport['kind']): Target | null | undefined {
  if (/^\.\.?\//.test(specifier))
    return kind === 'require' ? onDisk(root, file, specifier) : { file: joinSlashes(dirname(file), decode(specifier)) };
  if (isBuiltin(specifier)) return null;
  // The field "imports" of a package.json defines such names.
  if (specifier.startsWith('#')) return onDisk(root, file, specifier);
  if (specifier.startsWith('/')) return inside(root, decode(specifier));
  if (specifier.startsWith('file:')) return inside(root, fileURLToPath(specifier));
  if (/^[a-z][a-z\d+.-]*:/i.test(specifier)) return null;
  const [, name] = /^((?:@[^/]+\/)?[^/]+)/.exec(specifier) ?? [];
  return name === undefined ? undefined : { package: name };
}

/** A specifier of ES modules is a URL, which may have a query. */
function decode(specifier: string): string {
  return /[?#%]/.test(specifier) ? decodeURIComponent(specifier.replace(/[?#].*$/, '')) : specifier;
}

function onDisk(root: string, file: string, specifier: string): Target {
  return inside(root, createRequire(join(root, file)).resolve(specifier));
}

function inside(root: string, path: string): Target {
  return { file: relative(root, path) };
}
