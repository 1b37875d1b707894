import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { isTributaryError, messageOf, TributaryError } from '@tributary/contract/error';
import { execa } from 'execa';

/** The oldest supported version. Older versions write a JSON log of another shape, and so does dbt 2. */
const oldest = [1, 8] as const;
const firstTooNew = 2;

/** @returns what is wrong with a version; null if it is supported */
function versionProblem(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  if (major >= firstTooNew || major < oldest[0] || (major === oldest[0] && minor < oldest[1]))
    return `dbt-core ${version} is not supported: Tributary needs ${oldest.join('.')} or newer, below ${firstTooNew}`;
  return null;
}

/**
 * Reads dbt-core's version from the name of the installed package's folder, or from `dbt --version`, which takes two seconds.
 * @throws `dbt` if the version isn't supported, or if the program isn't dbt
 */
export async function checkVersion(executable: string, env: Readonly<Record<string, string>>): Promise<string> {
  const version = installedVersion(executable) ?? (await askedVersion(executable, env));
  const problem = versionProblem(version);
  if (problem)
    throw new TributaryError('dbt', `${executable}: ${problem}. Run \`npm run setup\`, or install the version that requirements.txt pins.`);
  return version;
}

/** The version in `<environment>/lib/python3.x/site-packages/dbt_core-1.11.16.dist-info`, for `<environment>/bin/dbt`. */
function installedVersion(executable: string): string | undefined {
  for (const bin of new Set([dirname(executable), dirname(realpathSync(executable))])) {
    const lib = join(dirname(bin), 'lib');
    const versions = list(lib)
      .filter((name) => name.startsWith('python3'))
      .flatMap((name) => list(join(lib, name, 'site-packages')))
      .flatMap((name) => /^dbt_core-(\d[^-]*)\.dist-info$/.exec(name)?.[1] ?? []);
    if (versions.length === 1) return versions[0];
  }
  return undefined;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

async function askedVersion(executable: string, env: Readonly<Record<string, string>>): Promise<string> {
  try {
    const { all } = await execa(executable, ['--version'], { env, extendEnv: false, all: true, reject: false, timeout: 60_000 });
    const version = /installed:\s*(\d+\.\d+[^\s]*)/.exec(all)?.[1] ?? /\bdbt\S*\s+v?(\d+\.\d+[^\s]*)/i.exec(all)?.[1];
    if (version) return version;
    throw new TributaryError(
      'dbt',
      `${executable} --version does not print a version of dbt. It prints: ${all.trim().slice(0, 300) || 'nothing'}. If this program isn't dbt, set the option "executable" to the path of dbt.`,
    );
  } catch (error) {
    if (isTributaryError(error)) throw error;
    throw new TributaryError('dbt', `${executable} can't be started: ${messageOf(error)}`, { cause: error });
  }
}
