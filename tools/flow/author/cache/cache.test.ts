import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';

import { record } from '../../run/test-support/recording-run.ts';
import { createWorkTree, type WorkTree } from '../../test-support/work-tree.ts';
import { flow } from '../flow.ts';
import { run } from '../run.ts';
import { task } from '../task.ts';

const execute = promisify(execFile);

const shop = (own: string): string => `import { flow, task } from '@tributary/flow';
import { shop } from ${own};
const load = task({ name: 'load', cache: 'inputs' }, async (day: string) => {
  console.log('loads', shop, day);
  return shop + ' on ' + day;
});
export const nightly = flow({ name: 'nightly' }, () => load('monday'));
`;
const factory = (cache: string): string => `import { flow, task } from '@tributary/flow';
const loadOf = (shop: string) =>
  task({ name: 'load', cache: ${cache} }, async (day: string) => shop + ' on ' + day);
const loadNorth = loadOf('north');
const loadSouth = loadOf('south');
export const north = flow({ name: 'north' }, () => loadNorth('monday'));
export const south = flow({ name: 'south' }, () => loadSouth('monday'));
export const neither = flow({ name: 'neither' }, () => 'fine');
`;

let tree: WorkTree;
let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'tributary-cache-'));
  vi.stubEnv('TRIBUTARY_HOME', join(data, 'here'));
  tree = await createWorkTree({
    'ints/shop_a/deployments.ts': '',
    'ints/shop_a/own.ts': "export const shop = 'a';",
    'ints/shop_a/flows/api.ts': shop("'../own.ts'"),
    'ints/shop_b/deployments.ts': '',
    'ints/shop_b/own.ts': "export const shop = 'b';",
    'ints/shop_b/flows/api.ts': shop("'../own.ts'"),
    // The names of these two integrations differ from `ints/shop_b` only by a slash or a dash.
    'ints/shop/b/deployments.ts': '',
    'ints/shop/b/own.ts': "export const shop = 'deeper b';",
    'ints/shop/b/flows/api.ts': shop("'../own.ts'"),
    'ints/shop-b/deployments.ts': '',
    'ints/shop-b/own.ts': "export const shop = 'dashed b';",
    'ints/shop-b/flows/api.ts': shop("'../own.ts'"),
    'ints/pair/deployments.ts': '',
    'ints/pair/flows/one.ts': shop("'./one-own.ts'"),
    'ints/pair/flows/one-own.ts': "export const shop = 'one';",
    'ints/pair/flows/two.ts': shop("'./two-own.ts'"),
    'ints/pair/flows/two-own.ts': "export const shop = 'two';",
    'ints/made/deployments.ts': '',
    'ints/made/flows/refused.ts': factory("'inputs'"),
    'ints/made/flows/cured.ts': factory('(day) => shop + day'),
    'lib/load-of.ts': `import { task } from '@tributary/flow';
export const loadOf = (shop: string) => task({ name: 'load', cache: 'inputs' }, async (day: string) => shop + ' on ' + day);
`,
    ...Object.fromEntries(
      ['left', 'right'].flatMap((name) => [
        [`ints/${name}/deployments.ts`, ''],
        [
          `ints/${name}/flows/api.ts`,
          `import { flow } from '@tributary/flow';
import { loadOf } from "../../../lib/load-of.ts";
const load = loadOf('${name}');
export const nightly = flow({ name: 'nightly' }, () => load('monday'));
`,
        ],
        // Outside of any integration.
        [
          `scripts/${name}.ts`,
          `import { loadOf } from '../lib/load-of.ts';
const load = loadOf('script ${name}');
console.log(await load('monday'));
`,
        ],
      ]),
    ),
  });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await tree.remove();
  await rm(data, { recursive: true });
});

/** Runs a script in a process of its own, and returns the lines that it prints. */
async function script(text: string, { home = 'common', root = tree.root, flags = [] as string[] } = {}): Promise<string[]> {
  const env = { ...process.env, TRIBUTARY_HOME: join(data, home) };
  const { stdout } = await execute(process.execPath, [...flags, '--input-type=module-typescript', '-e', text], { cwd: root, env });
  return stdout.trim().split('\n');
}
const file = (path: string): string => `./ints/${path}`;
const call = (...paths: string[]): string =>
  paths.map((path, nth) => `import { nightly as f${nth} } from '${file(path)}'; console.log(await f${nth}());`).join('\n');

it('integrations share no cached results, even when their tasks have the same name and code', async () => {
  const paths = ['shop_a', 'shop_b', 'shop/b', 'shop-b'].map((name) => `${name}/flows/api.ts`);
  const rows = ['a on monday', 'b on monday', 'deeper b on monday', 'dashed b on monday'];
  // First, each flow runs in its own process. Then all flows run in one process, with results from the cache.
  for (const [nth, path] of paths.entries()) expect((await script(call(path))).at(-1)).toBe(rows[nth]);
  expect(await script(call(...paths))).toEqual(rows);
  // Another clone of the code, with the same data directory, finds the cached results of its integrations.
  const clone = `${tree.root}-clone`;
  await cp(tree.root, clone, { recursive: true, verbatimSymlinks: true });
  try {
    expect(await script(call(...paths), { root: clone })).toEqual(rows);
  } finally {
    await rm(clone, { recursive: true });
  }
  const files = await readdir(join(data, 'common', 'data', '.cache'));
  expect(files).toHaveLength(4);
  for (const name of files) expect(name).toMatch(/^ints-shop(?:_a|_b|-b)-[0-9a-f]{64}\.json$/);
});

it('integrations and scripts that get their tasks from one shared factory share no results', async () => {
  for (const name of ['left', 'right']) {
    expect(await script(`${call(`${name}/flows/api.ts`)} await import('./scripts/${name}.ts');`, { home: 'factory' })).toEqual([
      `${name} on monday`,
      `script ${name} on monday`,
    ]);
  }
  expect(await script(call('left/flows/api.ts', 'right/flows/api.ts'), { home: 'factory' })).toEqual(['left on monday', 'right on monday']);
});

it('equal tasks in two files of one integration share no results, and are refused in one run', async () => {
  const [one, two] = ['one', 'two'].map((name) => call(`pair/flows/${name}.ts`));
  for (const text of [one, two, one]) {
    const lines = await script(text ?? '', { home: 'pair' });
    expect(lines.at(-1)).toBe(text === one ? 'one on monday' : 'two on monday');
  }
  const both = `import { nightly } from '${file('pair/flows/one.ts')}'; import '${file('pair/flows/two.ts')}';
    await nightly().catch((error) => console.log(error.code, error.message));`;
  expect(await script(both, { home: 'pair' })).toEqual([
    expect.stringMatching(/^misuse .*one was made at ints\/pair\/flows\/one\.ts:3, the other at ints\/pair\/flows\/two\.ts:3\./),
  ]);
});

it('equal tasks from a factory are refused at the first call that would use the cache, with both places and a remedy that works', async () => {
  const text = (name: string): string => `import { neither, north, south } from '${file(`made/flows/${name}.ts`)}';
    console.log(await neither());
    for (const one of [north, south]) console.log(await one().catch((error) => error.code + ' ' + error.message));`;
  const refused = (own: number, other: number): string =>
    "misuse Two tasks named \"load\" have the same code, so cache: 'inputs' can't tell their results apart: " +
    `one was made at ints/made/flows/refused.ts:3 (called at ints/made/flows/refused.ts:${own}), ` +
    `the other at ints/made/flows/refused.ts:3 (called at ints/made/flows/refused.ts:${other}). ` +
    'Give the tasks different names, or give cache a function, cache: (…args) => key, whose key contains everything in which the tasks differ.';
  expect(await script(text('refused'))).toEqual(['fine', refused(4, 5), refused(5, 4)]);
  for (let nth = 0; nth < 2; nth += 1) expect(await script(text('cured'))).toEqual(['fine', 'north on monday', 'south on monday']);
});

it('a refused task run fails before its function is called', async () => {
  const body = vi.fn<(n: number) => number>();
  const taskOf = (factor: number) => task({ name: 'scaled', cache: 'inputs' }, (n: number) => (body(n), n * factor));
  const [twice] = [taskOf(2), taskOf(3)];
  const recording = record();
  const outcome = await recording.start(flow({ name: 'f' }, () => twice?.(1)));
  expect(outcome).toMatchObject({ completed: false, error: { code: 'misuse' }, state: { type: 'FAILED' } });
  expect(recording.statesOf('scaled-0')).toEqual(['Failed']);
  expect(recording.reports.at(-1)?.state.message).toMatch(
    /^Two tasks named "scaled".* both were made at tools\/flow\/author\/cache\/cache\.test\.ts:\d+\. .*cache: \(…args\) => key/,
  );
  expect(body).not.toHaveBeenCalled();
});

it('`with` makes a task that shares the cache, unless it changes the name', async () => {
  let calls = 0;
  const counted = task({ name: 'counted' }, (n: number) => n + (calls += 1));
  const cached = counted.with({ cache: 'inputs' });
  const all = flow({ name: 'f' }, async () => [
    await cached(0),
    await cached.with({ retries: 2, tags: ['x'] })(0),
    await counted.with({ cache: 'inputs' })(0),
    await cached.with({ name: 'renamed' })(0),
    await counted(0),
  ]);
  expect(await all()).toEqual([1, 1, 1, 2, 3]);
});

it('results of a task that a flow makes are cached within the attempt only', async () => {
  let calls = 0;
  const missing = ['a', 'b'];
  const again = flow({ name: 'again', retries: 1 }, async () => {
    // Each attempt closes over another value: the first shop that is still missing.
    const [name = ''] = missing;
    const load = task({ name: 'made in a flow', cache: 'inputs' }, (day: string) => `${name} ${day} ${(calls += 1)}`);
    const rows = [await load('monday'), await load('monday')];
    missing.shift();
    if (run().attempt === 1) throw new Error('once more');
    return rows;
  });
  expect(await again()).toEqual(['b monday 2', 'b monday 2']);
});

it('undefined and null results are cached too', async () => {
  const bodies = { nothing: vi.fn<() => void>(), null: vi.fn<() => null>(() => null) };
  const nothing = task({ name: 'nothing', cache: 'inputs' }, (_day: string) => bodies.nothing());
  const none = task({ name: 'null', cache: 'inputs' }, (_day: string) => bodies.null());
  const recording = record();
  const twice = flow({ name: 'f' }, async () => [
    await nothing('monday'),
    await nothing('monday'),
    await none('monday'),
    await none('monday'),
  ]);
  expect(await recording.start(twice)).toMatchObject({ value: [undefined, undefined, null, null] });
  expect(['nothing-1', 'null-1'].flatMap((name) => recording.statesOf(name))).toEqual(['Cached', 'Cached']);
  for (const body of Object.values(bodies)) expect(body).toHaveBeenCalledOnce();
});

it('child flows in one run that make equal tasks share no results', async () => {
  const child = flow({ name: 'child', parameters: z.object({ shop: z.string() }) }, ({ shop: name }) =>
    task({ name: 'made in a child', cache: 'inputs' }, (day: string) => `${name} ${day}`)('monday'),
  );
  const both = flow({ name: 'both' }, async () => [await child({ shop: 'a' }), await child({ shop: 'b' })]);
  expect(await both()).toEqual(['a monday', 'b monday']);
});

it('equal tasks made in several task runs, or in several attempts of one, share no results', async () => {
  const tries = new Map<string, number>();
  const outer = task({ name: 'outer', retries: 1 }, async (name: string) => {
    const nth = (tries.get(name) ?? 0) + 1;
    tries.set(name, nth);
    const inner = task({ name: 'inner', cache: 'inputs' }, (day: string) => `${name} ${day} ${nth}`);
    const rows = [await inner('monday'), await inner('monday')];
    if (nth === 1) throw new Error('once more');
    return rows.join();
  });
  const all = flow({ name: 'f' }, () => outer.map(['a', 'b']).result());
  expect(await all()).toEqual(['a monday 2,a monday 2', 'b monday 2,b monday 2']);
});

it('equal tasks made in one attempt are refused; a cache function fixes it', async () => {
  const shops = ['a', 'b'];
  const refused = flow({ name: 'f' }, async () => {
    const loads = shops.map((name) => task({ name: 'in a loop', cache: 'inputs' }, (day: string) => `${name} ${day}`));
    return Promise.all(loads.map((load) => load('monday')));
  });
  await expect(refused()).rejects.toThrow(/^Two tasks named "in a loop" .*cache: \(…args\) => key/);
  const cured = flow({ name: 'f' }, async () => {
    const loads = shops.map((name) => task({ name: 'in a loop', cache: (day) => `${name} ${day}` }, (day: string) => `${name} ${day}`));
    return Promise.all(loads.map((load) => load('monday')));
  });
  expect(await cured()).toEqual(['a monday', 'b monday']);
});

it('a cache function that returns undefined is refused', async () => {
  const prices: Record<string, string> = {};
  const load = task({ name: 'keyless', cache: (shopName) => prices[shopName] as string }, (shopName: string) => shopName);
  await expect(load('a')).rejects.toThrow(
    'The cache function of task "keyless" returned a value of type undefined: return a string or number',
  );
});

it('tasks of a module that a flow imports share results with later runs', async () => {
  const text = `import { flow } from '@tributary/flow';
    const lazy = flow({ name: 'lazy' }, async () => (await import('${file('shop_a/flows/api.ts')}')).nightly());
    console.log(await lazy());`;
  expect(await script(text, { home: 'lazy' })).toEqual(['loads a monday', 'a on monday']);
  expect(await script(text, { home: 'lazy' })).toEqual(['a on monday']);
});

it('tasks that a flow makes are garbage collected after its attempt', async () => {
  const text = `import { flow, task } from '@tributary/flow';
    const bodies: WeakRef<object>[] = [];
    const many = flow({ name: 'many' }, async () => {
      for (let nth = 0; nth < 10_000; nth += 1) {
        const body = (n: number) => n + nth;
        bodies.push(new WeakRef(body));
        task({ name: 'task ' + (nth % 5000), cache: 'inputs' }, body);
      }
    });
    await many();
    await new Promise((resolve) => setTimeout(resolve, 1));
    gc();
    console.log(bodies.length, bodies.filter((body) => body.deref()).length);`;
  expect(await script(text, { flags: ['--expose-gc'] })).toEqual(['10000 0']);
});
