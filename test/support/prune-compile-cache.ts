import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { repository } from './workspace.ts';

const limit = 10_000;

/** Empties the tests' compile cache once it is large. The files of temporary folders stay in it, and are never used again. */
export function pruneCompileCache(): void {
  const folder = join(repository, '.tributary', 'compile-cache');
  if (existsSync(folder) && readdirSync(folder, { recursive: true }).length > limit) rmSync(folder, { recursive: true, force: true });
}
