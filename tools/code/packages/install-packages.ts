import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Code, keyOf, nameOf } from '../code.ts';
import type { Lock } from '../hold/acquire.ts';
import { findScripts } from './find-scripts.ts';
import type { Lockfile } from './lockfile.ts';
import { installerEnvironment, runInstaller } from './run-installer.ts';

/**
 * Packages are the same for commits that may load the same ones and allow the same scripts, on a machine of one kind.
 * @param tree where the commit's root files are
 */
export function packagesKey(tree: string, lockfile: Lockfile, code: Pick<Code, 'repository' | 'commit'>): string {
  const machine = [process.platform, process.arch, process.versions.modules];
  const lines = lockfile.packages.map(({ folder, version, resolved, integrity }) => JSON.stringify([folder, version, resolved, integrity]));
  return keyOf('packages 1', ...lines, ...findScripts(tree, lockfile, code), ...registriesOf(tree, lockfile), ...machine);
}

/** Without its integrity, a package is whatever the registry of .npmrc sends: others with this lockfile must not get it. */
function registriesOf(tree: string, { packages }: Lockfile): string[] {
  const isProven = packages.every(({ folder, version, integrity }) => !folder.includes('node_modules/') || !version || integrity);
  const path = join(tree, '.npmrc');
  return isProven || !existsSync(path) ? [] : [readFileSync(path, 'utf8')];
}

export interface Install {
  readonly code: Pick<Code, 'repository' | 'commit'>;
  readonly env: NodeJS.ProcessEnv;
  /** where the commit's root files are */
  readonly tree: string;
  readonly lock: Lock;
  readonly signal: AbortSignal;
}

/**
 * Installs the packages that the roots of a lockfile import, and those that these import. Install scripts run only if package.json allows them.
 * @param folder an empty folder
 */
export async function installPackages(folder: string, lockfile: Lockfile, { code, env, tree, lock, signal }: Install): Promise<void> {
  for (const name of ['package.json', 'package-lock.json', '.npmrc'])
    if (existsSync(join(tree, name))) copyFileSync(join(tree, name), join(folder, name));
  for (const [workspace, { name, version, dependencies, devDependencies, optionalDependencies, peerDependencies }] of lockfile.workspaces) {
    mkdirSync(join(folder, workspace), { recursive: true });
    const facts = {
      name: name ?? workspace.split('/').at(-1),
      version,
      dependencies,
      devDependencies,
      optionalDependencies,
      peerDependencies,
    };
    writeFileSync(join(folder, workspace, 'package.json'), JSON.stringify(facts));
  }
  const variables = registryVariables(tree, env);
  const npm = (args: readonly string[]): Promise<string> =>
    runInstaller({
      command: 'npm',
      args,
      folder,
      env: { ...installerEnvironment(env), ...variables },
      secrets: Object.values(variables),
      lock,
      signal,
      problem: `The packages of ${nameOf(code)} can't be installed`,
      remedy: `Run npm ci in a clone at this commit, repair package-lock.json, and deploy again.`,
    });
  await npm([
    'ci',
    '--omit=dev',
    '--omit=optional',
    ...lockfile.roots.map((root) => `--workspace=${root}`),
    '--ignore-scripts',
    // These win over the commit's .npmrc, which could name a program in place of git, or leave packages out.
    '--git=git',
    '--install-strategy=hoisted',
    '--no-dry-run',
    '--no-package-lock-only',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    // Warnings name files that npm couldn't write.
    '--loglevel=warn',
  ]);
  const scripts = findScripts(tree, lockfile, code);
  if (scripts.length > 0) await npm(['rebuild', '--loglevel=error', '--', ...scripts]);
}

/** The variables that the commit's .npmrc names, such as a private registry's token. A commit doesn't get the engine's own credentials. */
function registryVariables(tree: string, env: NodeJS.ProcessEnv): Record<string, string> {
  const path = join(tree, '.npmrc');
  const names = existsSync(path) ? [...readFileSync(path, 'utf8').matchAll(/\$\{(\w+)\??\}/g)].map(([, name = '']) => name) : [];
  const allowed = names.filter((name) => !/^(?:TRIBUTARY|PREFECT)_/.test(name));
  return Object.fromEntries(allowed.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
