import { existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

interface Places {
  /** the checkout */
  readonly to: string;
  /** the workspace whose packages are used */
  readonly from: string;
  /** the packages that are folders of the commit, by name */
  readonly locals: ReadonlyMap<string, string>;
  /** whether these folders are the same in the workspace, so that they needn't be in the checkout */
  readonly areSame: boolean;
}

/**
 * Gives a checkout the packages that the workspace has installed. Packages that are folders of the workspace itself, such as the framework, come from
 * the checkout instead, unless they are the same: Node then finds them in its compile cache.
 */
export function linkPackages({ to, from, locals, areSame }: Places): void {
  const linked = new Set<string>();
  const link = (name: string, target: string): void => {
    if (linked.has(name) || !existsSync(target)) return;
    linked.add(name);
    const path = join(to, 'node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, path, 'dir');
  };
  const root = realpathSync(from);
  const home = areSame ? root : to;
  for (const [name, folder] of locals) link(name, join(home, folder));
  for (const modules of modulesAbove(root)) for (const name of packagesIn(modules)) link(name, placeOf(join(modules, name), root, home));
  for (const folder of new Set(locals.values())) {
    const [own, there] = [join(root, folder, 'node_modules'), join(to, folder)];
    if (existsSync(own) && existsSync(there)) symlinkSync(own, join(there, 'node_modules'), 'dir');
  }
}

/** The folders in which Node looks for packages of a workspace. */
function modulesAbove(folder: string): string[] {
  const modules = join(folder, 'node_modules');
  return [...(existsSync(modules) ? [modules] : []), ...(dirname(folder) === folder ? [] : modulesAbove(dirname(folder)))];
}

function packagesIn(modules: string): string[] {
  return readdirSync(modules).flatMap((name) => {
    if (name.startsWith('.')) return [];
    return name.startsWith('@') ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`) : [name];
  });
}

/** Where a package of the workspace stands for the checkout. @param home where packages that are folders of the workspace come from */
function placeOf(path: string, root: string, home: string): string {
  const real = realpathSync(path);
  const inside = relative(root, real);
  const isLocal = inside !== '' && !inside.startsWith('..') && !inside.split(sep).includes('node_modules');
  return isLocal ? join(home, inside) : real;
}
