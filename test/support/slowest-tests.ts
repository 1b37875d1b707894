import { relative } from 'node:path';

import type { TestFile } from './test-report.ts';
import { repository } from './workspace.ts';

/** The slowest tests, a line each: seconds, file and name. Hooks, such as the start of a server, don't count. */
export function slowestTests(files: readonly TestFile[], count: number): string[] {
  return files
    .flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ fullName, duration }) => ({ file: relative(repository, name), fullName, seconds: (duration ?? 0) / 1000 })),
    )
    .toSorted((one, other) => other.seconds - one.seconds)
    .slice(0, count)
    .map(({ file, fullName, seconds }) => `${seconds.toFixed(1).padStart(6)} s  ${file}  ${fullName.trim()}`);
}
