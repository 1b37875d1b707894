import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { z } from 'zod';

import type { DbtProject } from './read-project.ts';
import { renderEnvVars } from './render-env-vars.ts';

const duckdb = z.looseObject({
  type: z.literal('duckdb'),
  path: z.string().default(':memory:'),
  attach: z.array(z.looseObject({ path: z.string(), type: z.string().nullish() })).nullish(),
});

/** Files that a run needs exclusively. `unknown` names a part of the profile that only dbt can resolve. */
export interface DatabaseFiles {
  readonly files: readonly string[];
  readonly unknown: string | null;
}

/**
 * The DuckDB files that a target opens. While one process writes such a file, no other can even read it.
 * @param env dbt's environment
 */
export function databaseFiles(
  project: DbtProject,
  projectDir: string,
  target: string | null,
  env: Readonly<Record<string, string>>,
): DatabaseFiles {
  const name = target ?? renderEnvVars(project.defaultTarget, env);
  if (name === null) return { files: [], unknown: `the target "${project.defaultTarget}"` };
  const output = duckdb.safeParse(project.outputs[name]);
  if (!output.success) return { files: [], unknown: null };
  const attached = (output.data.attach ?? []).filter(({ type }) => !type || type === 'duckdb').map(({ path }) => path);
  const files = new Set<string>();
  let unknown: string | null = null;
  for (const written of [output.data.path, ...attached]) {
    const path = renderEnvVars(written, env);
    if (path === null) unknown = `the path "${written}"`;
    else if (isFile(path)) files.add(canonical(resolve(projectDir, path.replace(/^duckdb:(\/\/)?/, ''))));
  }
  // Sorted, so that two runs that need the same two files never wait for each other.
  return { files: [...files].toSorted(), unknown };
}

/** Whether a path is a file, not memory or a service (`md:`, `s3://`, `ducklake:`). */
function isFile(path: string): boolean {
  return path !== '' && !path.startsWith(':memory:') && (path.startsWith('duckdb:') || !/^[a-z][a-z\d+.-]+:/i.test(path));
}

function canonical(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    try {
      return join(realpathSync(dirname(path)), basename(path));
    } catch {
      return path;
    }
  }
}
