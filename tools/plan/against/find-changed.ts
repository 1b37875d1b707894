import type { Closure, Code } from '../closure/open-code.ts';

/** The code of the work tree, and that of a commit. */
export interface BothCodes {
  readonly here: Pick<Code, 'closure'>;
  readonly there: Pick<Code, 'closure'>;
}

/**
 * Finds the integrations that may declare something else at a commit than in the work tree. If the closure is the same, so is what deployments.ts
 * declares, unless it loads code that nobody can know.
 * @param folders the integrations of the commit, such as `ints/dbt`
 * @param present the integrations of the work tree
 */
export async function findChanged(folders: readonly string[], present: ReadonlySet<string>, { here, there }: BothCodes): Promise<string[]> {
  const changed = await Promise.all(
    folders.map(async (folder) => {
      if (!present.has(folder)) return [folder];
      const [now, before] = await Promise.all([here.closure(folder, []), there.closure(folder, [])]);
      return now.hash === before.hash && isKnown(now) ? [] : [folder];
    }),
  );
  return changed.flat();
}

function isKnown({ findings }: Closure): boolean {
  return !findings.some(({ code }) => code === 'computed_import');
}
