import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';

import { TributaryError } from '@tributary/contract/error';

/**
 * Finds dbt: the given executable, otherwise `.venv/bin/dbt` in the project's folder or one above it, otherwise in the integration's folder or
 * one above it, otherwise on PATH. The project of another team's repository has none above it.
 * @param cwd the integration's folder
 * @throws `dbt` if it isn't installed, with what to install
 */
export function findDbt(projectDir: string, cwd: string, executable: string | undefined, path: string | undefined): string {
  if (executable !== undefined) {
    const given = resolve(projectDir, executable);
    if (isExecutable(given)) return given;
    throw new TributaryError(
      'dbt',
      `There is no dbt at ${given}, the path in the option "executable". Correct the path, or leave the option out to use .venv/bin/dbt or PATH.`,
    );
  }
  for (const folder of [...upwards(projectDir), ...upwards(cwd)]) {
    const candidate = join(folder, '.venv', 'bin', 'dbt');
    if (isExecutable(candidate)) return candidate;
  }
  for (const folder of (path ?? '').split(delimiter)) {
    if (folder && isExecutable(join(folder, 'dbt'))) return join(folder, 'dbt');
  }
  throw new TributaryError(
    'dbt',
    `dbt is not installed: there is no .venv/bin/dbt in ${projectDir}, in ${cwd} or above them, and no dbt on PATH. Run \`npm run setup\`, or install requirements.txt into a virtual environment called .venv.`,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return existsSync(path) && statSync(path).isFile();
  } catch {
    return false;
  }
}

function* upwards(from: string): Generator<string> {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    yield folder;
    if (dirname(folder) === folder) return;
  }
}
