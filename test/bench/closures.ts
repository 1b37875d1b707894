import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { openCode } from '@tributary/plan/closure';

import type { Stops } from '../support/stops.ts';
import { createWorkspace } from '../support/workspace.ts';
import { commitAll } from './repository.ts';

/** Samples in milliseconds. */
export interface ClosureSamples {
  /** the closures of all integrations */
  readonly closures: number[];
  /** reads the same files at once, and hashes them */
  readonly reading: number[];
}

/** How many modules all integrations share. */
const shared = 20;

/** Measures the closures of integrations of four modules each, which import a few shared modules. */
export async function measureClosures(
  stops: Stops,
  { count, samples }: { readonly count: number; readonly samples: number },
): Promise<ClosureSamples> {
  const workspace = createWorkspace(integrationFiles(count));
  await stops.add(workspace, async ({ remove }) => remove());
  await commitAll(workspace);
  const taken: ClosureSamples = { closures: [], reading: [] };
  let paths: readonly string[] = [];
  for (let sample = 0; sample <= samples; sample += 1) {
    taken.closures.push(
      await timed(async () => {
        const { closure } = await openCode(workspace.root);
        const found = await Promise.all(Array.from({ length: count }, (_, index) => closure(`ints/i${index}`, [])));
        if (sample === 0) paths = [...new Set(found.flatMap(({ parts }) => [...parts.keys()]))].filter((path) => path.startsWith('ints/'));
      }),
    );
    taken.reading.push(
      await timed(() =>
        Promise.all(
          paths.map(async (path) =>
            createHash('sha1')
              .update(await readFile(join(workspace.root, path)))
              .digest('hex'),
          ),
        ),
      ),
    );
  }
  if (paths.length !== 4 * count + shared) throw new Error(`The closures have ${paths.length} files instead of ${4 * count + shared}.`);
  // The first sample loads the parser and lists the files.
  return { closures: taken.closures.slice(1), reading: taken.reading.slice(1) };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** The files of integrations of four modules each, which import a few shared modules. */
export function integrationFiles(count: number): Record<string, string> {
  const modules = Array.from({ length: shared }, (_, index) => [`ints/shared/m${index}.ts`, `export const m${index} = ${index};\n`]);
  const integrations = Array.from({ length: count }, (_, index) => {
    const m = `m${index % shared}`;
    const folder = `ints/i${index}`;
    return [
      [
        `${folder}/deployments.ts`,
        "import { deployFactory } from '@tributary/flow';\n\nimport { main } from './flows/main.ts';\n\nexport const nightly = deployFactory({ name: 'nightly', flow: main });\n",
      ],
      [
        `${folder}/flows/main.ts`,
        `import { flow } from '@tributary/flow';\nimport { z } from 'zod';\n\nimport { load } from './load.ts';\n\nexport const main = flow({ name: 'i${index}', parameters: z.object({ pages: z.int().default(3) }) }, load);\n`,
      ],
      [
        `${folder}/flows/load.ts`,
        `import { ${m} } from '../../shared/${m}.ts';\n\nimport { rows } from './rows.ts';\n\nexport const load = () => rows + ${m};\n`,
      ],
      [`${folder}/flows/rows.ts`, `export const rows = ${index};\n`],
    ];
  });
  return Object.fromEntries([...modules, ...integrations.flat()]);
}
