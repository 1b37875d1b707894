import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import type { Code } from '../code.ts';
import { refuseInstalled } from './refuse-installed.ts';

/** The name of a framework's link to its packages. */
export const packagesLink = '.packages';

/**
 * Gives a framework its `node_modules`: a link to each installed package. Packages of the workspace are linked to the framework's own folder
 * of the same name, because the packages layer has no code of them.
 * @param folder of the framework, with its packages checked out
 * @param packages path to the packages layer, relative to the framework
 * @param workspaces the folders of the framework's packages
 * @throws `crashed` if the code has something where a link belongs
 */
export function linkPackages(
  folder: string,
  packages: string,
  workspaces: readonly string[],
  code: Pick<Code, 'repository' | 'commit'>,
): void {
  refuseInstalled(folder, [packagesLink, 'node_modules'], code);
  symlinkSync(packages, join(folder, packagesLink));
  const source = resolve(folder, packages, 'node_modules');
  mkdirSync(join(folder, 'node_modules'));
  const link = (name: string, up: string): void => {
    const path = join(source, name);
    if (!lstatSync(path).isSymbolicLink()) symlinkSync(`${up}${packagesLink}/node_modules/${name}`, join(folder, 'node_modules', name));
    else if (existsSync(resolve(folder, 'node_modules', dirname(name), readlinkSync(path))))
      symlinkSync(readlinkSync(path), join(folder, 'node_modules', name));
  };
  for (const name of existsSync(source) ? readdirSync(source) : []) {
    if (name === '.package-lock.json') continue;
    if (!name.startsWith('@')) link(name, '../');
    else {
      mkdirSync(join(folder, 'node_modules', name));
      for (const scoped of readdirSync(join(source, name))) link(`${name}/${scoped}`, '../../');
    }
  }
  for (const workspace of workspaces) linkNested(folder, workspace, `${'../'.repeat(workspace.split('/').length)}${packagesLink}`, code);
}

/**
 * Links the packages that npm installed below a workspace, because another version stands at the root.
 * @param packages path to the packages layer, relative to the workspace
 * @throws `crashed` if the code has something where the link belongs
 */
export function linkNested(folder: string, workspace: string, packages: string, code: Pick<Code, 'repository' | 'commit'>): void {
  const nested = join(packages, workspace, 'node_modules');
  if (!existsSync(resolve(folder, workspace, nested))) return;
  refuseInstalled(folder, [`${workspace}/node_modules`], code);
  symlinkSync(nested, join(folder, workspace, 'node_modules'));
}
