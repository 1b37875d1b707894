import { execFile } from 'node:child_process';
import { cp, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const framework = join(import.meta.dirname, '..');
let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'tributary-copy-')));
});
afterAll(() => rm(folder, { recursive: true }));

it('a second copy of the framework in one process is an error that names both paths', async () => {
  const copy = join(folder, 'copy');
  await cp(framework, copy, { recursive: true, filter: (path) => !path.includes('node_modules') });
  await symlink(join(framework, '../../node_modules'), join(folder, 'node_modules'));
  const script = join(folder, 'both.ts');
  await writeFile(
    script,
    `import ${JSON.stringify(join(framework, 'index.ts'))};
     await import(${JSON.stringify(join(copy, 'index.ts'))}).catch((error) => console.log(error.code, error.message));`,
  );
  const { stdout } = await run(process.execPath, [script]);
  expect(stdout).toMatch(/^misuse @tributary\/flow was loaded twice in one process/);
  expect(stdout).toContain(`from ${join(framework, 'run/context.ts')} and from ${join(copy, 'run/context.ts')}`);
});

it('importing the package loads only zod, the contract and the small files that authors use', async () => {
  const script = join(folder, 'loads.ts');
  await writeFile(
    script,
    `import { registerHooks } from 'node:module';
     const loaded = [];
     registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
     await import(${JSON.stringify(join(framework, 'index.ts'))});
     console.log(JSON.stringify(loaded));`,
  );
  const { stdout } = await run(process.execPath, [script]);
  const loaded: string[] = JSON.parse(stdout);
  expect(loaded.length).toBeGreaterThan(30);
  const foreign = loaded.filter((url) => url.includes('/node_modules/') && !url.includes('/node_modules/zod/'));
  expect(foreign).toEqual([]);
  expect(loaded.filter((url) => /\/flow\/(?:deploy|host|report)\//.test(url))).toEqual([]);
  expect(loaded.filter((url) => /contract\/(?:routes|client)\b/.test(url))).toEqual([]);
});

it('an uncaught failure of a flow called in a script names the author’s file', async () => {
  const script = join(folder, 'script.ts');
  await writeFile(
    script,
    `import { flow } from ${JSON.stringify(join(framework, 'index.ts'))};
     import { describeFailure, whereThrown } from ${JSON.stringify(join(framework, 'run/failure.ts'))};
     const broken = flow({ name: 'broken' }, async () => { await 1; null.rows; });
     await broken().catch((error) => console.log(describeFailure(error), '|', whereThrown(error, ${JSON.stringify(folder)})));`,
  );
  const { stdout } = await run(process.execPath, [script]);
  expect(stdout.trim()).toMatch(/^TypeError: Cannot read properties of null \(reading 'rows'\) \| script\.ts:3:\d+$/);
});
