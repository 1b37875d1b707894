import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { keyOf, nameOf } from '../code.ts';
import type { Install } from './install-packages.ts';
import { installerEnvironment, runInstaller } from './run-installer.ts';

/** Python's packages: first the framework's pins, then the user's own, which never change a pinned version. */
const [pins, own] = ['requirements.txt', 'ints/requirements.local.txt'];

/** The programs to try, and how to ask one whether dbt supports its version. */
const pythons = ['python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3'];
const isSupported = 'import sys, venv, ensurepip; sys.exit(0 if (3, 10) <= sys.version_info[:2] <= (3, 13) else 1)';

/** The package that runs dbt, also in a project of another repository. */
const dbt = '@tributary/dbt';
const script = /\.[cm]?[jt]sx?$/;

/**
 * A Python environment is made for commits with a dbt project in one of their folders, or with code that names the package that runs dbt.
 * @returns undefined if the tree needs none
 */
export function pythonKey(tree: string): string | undefined {
  if (!existsSync(join(tree, pins)) || !needsDbt(tree)) return undefined;
  const texts = [pins, own].map((name) => (existsSync(join(tree, name)) ? readFileSync(join(tree, name), 'utf8') : ''));
  return keyOf('python 1', ...texts, process.platform, process.arch);
}

function needsDbt(folder: string): boolean {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.some((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return needsDbt(path);
    return entry.name === 'dbt_project.yml' || (entry.isFile() && script.test(entry.name) && readFileSync(path, 'utf8').includes(dbt));
  });
}

/** Makes a virtual environment in a folder, for good: its programs hold its path. */
export async function installPython(folder: string, { code, env, tree, lock, signal }: Install): Promise<void> {
  const run = (command: string, args: readonly string[]): Promise<string> =>
    runInstaller({
      command,
      args,
      folder,
      env: installerEnvironment(env),
      lock,
      signal,
      problem: `The Python packages of ${nameOf(code)} can't be installed`,
      remedy: `Install ${pins} in a clone at this commit, repair it, and deploy again.`,
    });
  const files = [pins, own].filter((name) => existsSync(join(tree, name)));
  for (const name of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    copyFileSync(join(tree, name), join(folder, name));
  }
  const works = async (command: string, args: readonly string[]): Promise<boolean> => {
    const ok = await run(command, args).then(
      () => true,
      () => false,
    );
    signal.throwIfAborted();
    return ok;
  };
  const python = join(folder, 'bin', 'python');
  let install = (args: readonly string[]) => run(python, ['-m', 'pip', 'install', '--disable-pip-version-check', ...args]);
  if (await works('uv', ['--version'])) {
    await run('uv', ['venv', '--quiet', '--python', '>=3.10,<3.14', '--allow-existing', folder]);
    install = (args) => run('uv', ['pip', 'install', '--quiet', '--compile-bytecode', '--python', python, ...args]);
  } else {
    const found = await findPython((name) => works(name, ['-c', isSupported]));
    await run(found, ['-m', 'venv', folder]);
  }
  await install(['-r', join(folder, pins)]);
  if (files.includes(own)) await install(['-r', join(folder, own), '-c', join(folder, pins)]);
}

/** Finds a Python that dbt supports; otherwise takes `python3`, whose error then says what is missing. */
async function findPython(works: (name: string) => Promise<boolean>): Promise<string> {
  for (const name of pythons) if (await works(name)) return name;
  return 'python3';
}
