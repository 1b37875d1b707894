import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { TributaryError } from '@tributary/contract/error';
import { satisfies } from 'semver';
import { z } from 'zod';

import { type Code, nameOf } from '../code.ts';
import type { Lockfile } from './lockfile.ts';

const manifest = z.object({ allowScripts: z.record(z.string(), z.unknown()).optional() });

/**
 * Finds the packages whose install scripts may run, by `allowScripts` in the root's package.json. Its keys are names, `tiny`, or names with
 * versions, `tiny@1.2.3 || 2`, as `npm approve-scripts` writes them. One that is false wins.
 * @param tree where the commit's root files are
 * @returns each as `name@version`, in order
 * @throws `crashed` if package.json can't be read
 */
export function findScripts(tree: string, { packages }: Lockfile, code: Pick<Code, 'repository' | 'commit'>): string[] {
  const rules = Object.entries(readManifest(tree, code).allowScripts ?? {});
  const isNamed = (key: string, name: string, version: string): boolean => {
    const at = key.indexOf('@', 1);
    return at === -1 ? key === name : key.slice(0, at) === name && satisfies(version, key.slice(at + 1));
  };
  const found = packages.flatMap(({ folder, version }) => {
    const name = /(?:^|.*\/)node_modules\/(.+)$/.exec(folder)?.[1];
    if (name === undefined || version === undefined) return [];
    const values = new Set(rules.filter(([key]) => isNamed(key, name, version)).map(([, value]) => value));
    return values.has(true) && !values.has(false) ? [`${name}@${version}`] : [];
  });
  return [...new Set(found)].toSorted();
}

function readManifest(tree: string, code: Pick<Code, 'repository' | 'commit'>): z.output<typeof manifest> {
  try {
    return manifest.parse(JSON.parse(readFileSync(join(tree, 'package.json'), 'utf8')));
  } catch (cause) {
    throw new TributaryError(
      'crashed',
      `package.json of ${nameOf(code)} is missing or can't be read, although there is a package-lock.json. Repair it in a clone of the repository with npm install, commit both, and deploy again.`,
      { cause },
    );
  }
}
