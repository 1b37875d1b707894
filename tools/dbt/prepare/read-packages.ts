import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { parse } from 'yaml';
import { z } from 'zod';

/** The packages that a project wants from `dbt deps`. */
export interface DbtPackages {
  /** the folder that `dbt deps` fills */
  readonly folder: string;
  /** the texts of the files that say which packages these are */
  readonly texts: readonly string[];
  /** whether one of them is a folder of this machine, which `dbt deps` links to instead of copying it */
  readonly isLocal: boolean;
}

/** The files that may name packages. */
const files = ['packages.yml', 'dependencies.yml'];
/** The file with the exact versions, which `dbt deps` writes. */
export const lockFile = 'package-lock.yml';
const declared = z.looseObject({ packages: z.array(z.looseObject({ local: z.unknown().optional() })).nullish() });
/** dbt itself refuses what can't be read. */
const none = { packages: [] };

/**
 * Reads which packages a project needs.
 * @param installPath the setting `packages-install-path` of dbt_project.yml
 * @returns null if it needs none
 */
export function readPackages(projectDir: string, installPath: string | undefined): DbtPackages | null {
  const texts = files.map((name) => textOf(join(projectDir, name)));
  const packages = texts.flatMap((text) => read(text).packages ?? []);
  if (packages.length === 0) return null;
  return {
    folder: resolve(projectDir, installPath ?? 'dbt_packages'),
    texts: [...texts, textOf(join(projectDir, lockFile))],
    isLocal: packages.some(({ local }) => local !== undefined),
  };
}

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function read(text: string): z.output<typeof declared> {
  try {
    return declared.parse(parse(text));
  } catch {
    return none;
  }
}
