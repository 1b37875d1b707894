import { relative } from 'node:path';
import { z } from 'zod';

import { repository } from './workspace.ts';

/** The part of vitest's JSON report that says how long each test took. */
export const testFiles = z.array(
  z.object({
    /** the file's absolute path */
    name: z.string(),
    /** `duration` in milliseconds; absent for a skipped test */
    assertionResults: z.array(z.object({ fullName: z.string(), duration: z.number().nullish() })),
  }),
);

/** The slowest tests, a line each: seconds, file and name. Hooks, such as the start of a server, don't count. */
export function slowestTests(files: z.output<typeof testFiles>, count: number): string[] {
  return files
    .flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ fullName, duration }) => ({ file: relative(repository, name), fullName, seconds: (duration ?? 0) / 1000 })),
    )
    .toSorted((one, other) => other.seconds - one.seconds)
    .slice(0, count)
    .map(({ file, fullName, seconds }) => `${seconds.toFixed(1).padStart(6)} s  ${file}  ${fullName.trim()}`);
}
