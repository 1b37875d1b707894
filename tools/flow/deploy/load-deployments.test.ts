import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { createWorkTree, type WorkTree } from '../test-support/work-tree.ts';
import type { LoadedDeployments } from './load-deployments.ts';

let loader: ChildProcess;
beforeAll(() => {
  loader = fork(fileURLToPath(new URL('../test-support/load-in-child.ts', import.meta.url)));
});
afterAll(() => loader.disconnect());

let tree: WorkTree | undefined;
afterEach(async () => {
  await tree?.remove();
  tree = undefined;
});

async function load(files: Record<string, string>): Promise<LoadedDeployments['deployments']> {
  return (await loadAll(files)).deployments;
}

async function loadAll(files: Record<string, string>): Promise<LoadedDeployments> {
  tree = await createWorkTree(files);
  loader.send({ file: `${tree.root}/ints/x/deployments.ts`, root: tree.root });
  const answer = await new Promise<LoadedDeployments & { error?: { code: string; message: string } }>((resolve) =>
    loader.once('message', resolve),
  );
  if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error);
  return answer;
}
const framework = `import { deployFactory, flow } from '@tributary/flow'; import { z } from 'zod';`;
const api = `${framework}
export const main = flow({ name: 'export', parameters: z.object({ url: z.url().default('https://x.example') }) }, async () => 1);`;
const deployments = `${framework}
import { main } from './flows/api.ts';
export const nightly = deployFactory({ name: 'nightly', flow: main });`;

it('a loaded deployment has everything that the server stores', async () => {
  const [desired, ...more] = await load({
    'ints/x/flows/api.ts': api,
    'ints/x/deployments.ts': `${framework}
      import { main } from './flows/api.ts';
      export const nightly = deployFactory({
        name: 'nightly', flow: main, parameters: { url: 'https://y.example' }, cron: ['0 0 * * *', { cron: '0 12 * * *', timezone: 'Europe/Vienna' }],
        tags: ['a'], description: 'Exports.', version: '7', queue: 'slow', concurrencyLimit: 2, jobVariables: { env: { A: '1' } }, inputs: ['../shared/**'],
        keepLive: ['parameters.url'], protect: true,
      });`,
  });
  expect(more).toEqual([]);
  expect(desired).toEqual({
    name: 'export/nightly',
    flowName: 'export',
    result: null,
    inputs: ['../shared/**'],
    keepLive: ['parameters.url'],
    source: { file: `${tree?.root}/ints/x/deployments.ts`, exportName: 'nightly' },
    request: {
      name: 'nightly',
      description: 'Exports.',
      version: '7',
      tags: ['a'],
      labels: { 'tributary.project': 'ints-x', 'tributary.flow': 'export', 'tributary.protect': true },
      parameters: { url: 'https://y.example' },
      parameter_openapi_schema: {
        title: 'Parameters',
        type: 'object',
        properties: { url: { title: 'url', position: 0, type: 'string', format: 'uri', default: 'https://x.example' } },
        additionalProperties: false,
      },
      enforce_parameter_schema: true,
      schedules: [
        { slug: 'cron-1', schedule: { cron: '0 0 * * *', timezone: 'UTC' }, parameters: {} },
        { slug: 'cron-2', schedule: { cron: '0 12 * * *', timezone: 'Europe/Vienna' }, parameters: {} },
      ],
      concurrency_limit: 2,
      concurrency_options: null,
      job_variables: { env: { A: '1' } },
      work_pool_name: 'tributary',
      work_queue_name: 'slow',
      path: 'ints/x',
      entrypoint: 'flows/api.ts:main',
      pull_steps: [{ 'tributary.local_folder': { root: tree?.root } }],
    },
  });
});

it('paused is left out unless the code sets it', async () => {
  const [open, paused] = await load({
    'ints/x/deployments.ts': `${framework}
      const main = flow({ name: 'export' }, async () => 1);
      export const a = deployFactory({ name: 'a', flow: main });
      export const b = deployFactory({ name: 'b', flow: main, paused: true });`,
  });
  expect(open?.request).not.toHaveProperty('paused');
  expect(paused?.request.paused).toBe(true);
});

it.each([
  ['where it is defined', { 'ints/x/flows/api.ts': api, 'ints/x/deployments.ts': deployments }, 'flows/api.ts:main'],
  [
    'where it is defined, not in a module that re-exports it',
    {
      'ints/x/flows/api.ts': api,
      'ints/x/flows/all.ts': `export { main as again } from './api.ts'; export * from './api.ts';`,
      'ints/x/deployments.ts': deployments.replace('./flows/api.ts', './flows/all.ts').replace('{ main }', '{ again as main }'),
    },
    'flows/api.ts:main',
  ],
  [
    'by its name, not as the default export',
    { 'ints/x/flows/api.ts': `${api}\nexport default main;`, 'ints/x/deployments.ts': deployments },
    'flows/api.ts:main',
  ],
  [
    'in another integration',
    { 'ints/y/flows/api.ts': api, 'ints/x/deployments.ts': deployments.replace('./flows', '../y/flows') },
    '../y/flows/api.ts:main',
  ],
  [
    'by its deployment when no file exports it',
    {
      'ints/x/deployments.ts': `${framework}
        const make = (name: string) => flow({ name }, async () => 1);
        export const nightly = deployFactory({ name: 'nightly', flow: make('export') });`,
    },
    'deployments.ts:nightly',
  ],
])('a flow is found %s', async (_, files, entrypoint) => {
  const [desired] = await load(files);
  expect(desired?.request.entrypoint).toBe(entrypoint);
});

it('a deployment may be exported in another statement than the one that makes it', async () => {
  const desired = await load({
    'ints/x/flows/api.ts': api,
    'ints/x/deployments.ts': `${framework}
      import { main } from './flows/api.ts';
      const make = (name: string) => deployFactory({ name, flow: main });
      const nightly = deployFactory({ name: 'nightly', flow: main });
      export { nightly as night };
      /*
      const old = deployFactory({ name: 'old', flow: main });
      */
      export const [weekly, monthly] = [make('weekly'), make('monthly')];`,
  });
  expect(desired.map(({ name }) => name)).toEqual(['export/monthly', 'export/nightly', 'export/weekly']);
});

it('type-only imports are not followed', async () => {
  const [desired] = await load({
    'ints/x/flows/api.ts': api,
    'ints/x/deployments.ts': `import type { Gone } from './gone.ts';\n${deployments}\nexport type { Gone };`,
  });
  expect(desired?.request.entrypoint).toBe('flows/api.ts:main');
});

it('deployments from outside are listed with the place of their declaration, also if a factory or a shared file declares them', async () => {
  const external = `import { externalDeployment } from '@tributary/flow'; import { z } from 'zod';\n`;
  const { externals } = await loadAll({
    'ints/x/shared/make.ts': `${external}export const outside = (name: string) => externalDeployment(name, z.object({}));\n
      export const hourly = outside('py/hourly');`,
    'ints/x/flows/api.ts': `${api}
      import { externalDeployment } from '@tributary/flow';
      import { hourly, outside } from '../shared/make.ts';
      for (let index = 0; index < 2; index += 1) externalDeployment('py/nightly', z.object({}));
      export const calls = [hourly, outside('py/weekly')];`,
    'ints/y/flows/api.ts': `${external}externalDeployment('py/other', z.object({}));`,
    'ints/x/deployments.ts': deployments,
  });
  expect(externals).toEqual([
    { name: 'py/hourly', file: `${tree?.root}/ints/x/shared/make.ts`, line: 4 },
    { name: 'py/nightly', file: `${tree?.root}/ints/x/flows/api.ts`, line: 5 },
    { name: 'py/weekly', file: `${tree?.root}/ints/x/flows/api.ts`, line: 6 },
  ]);
});

it('an error has its place in its facts too', async () => {
  await expect(load({ 'ints/x/deployments.ts': `\nthrow new Error('no such table');` })).rejects.toMatchObject({
    facts: { fault: { file: 'ints/x/deployments.ts', line: 2, message: 'This file threw while it was imported: no such table' } },
  });
});

it.each([
  [
    'a deployments.ts that throws',
    { 'ints/x/deployments.ts': `\nthrow new Error('no such table');` },
    'invalid_entrypoint',
    /^ints\/x\/deployments\.ts:2: This file threw while it was imported: no such table$/,
  ],
  [
    'a flow file that throws',
    {
      'ints/x/flows/api.ts': `\n\nconst read = () => { throw new TypeError('not a number'); };\nexport const main = read();`,
      'ints/x/deployments.ts': deployments,
    },
    'invalid_entrypoint',
    /^ints\/x\/flows\/api\.ts:3: This file threw while it was imported: not a number$/,
  ],
  [
    'a syntax error',
    { 'ints/x/flows/api.ts': `\nexport const main = { x: ;`, 'ints/x/deployments.ts': deployments },
    'invalid_entrypoint',
    /^ints\/x\/flows\/api\.ts:2: This file has an error/,
  ],
  [
    'a missing file',
    { 'ints/x/deployments.ts': deployments },
    'invalid_entrypoint',
    /^ints\/x\/deployments\.ts:2: This file imports a missing module.*flows\/api\.ts/,
  ],
  [
    'a missing package',
    { 'ints/x/deployments.ts': `\nimport 'no-such-package';` },
    'invalid_entrypoint',
    /^ints\/x\/deployments\.ts:2: This file imports "no-such-package", which isn't installed. Run `npm i -w ints no-such-package`/,
  ],
  [
    'a folder',
    { 'ints/x/flows/api.ts': api, 'ints/x/deployments.ts': `${deployments}\nimport './flows';` },
    'invalid_entrypoint',
    /^ints\/x\/deployments\.ts:4: .*Directory import/,
  ],
  [
    'a file that a package keeps to itself',
    { 'ints/x/deployments.ts': `\nimport '@tributary/flow/run/log';` },
    'invalid_entrypoint',
    /^ints\/x\/deployments\.ts:2: .*Package subpath/,
  ],
  [
    'a flow that is not exported',
    { 'ints/x/flows/api.ts': api.replace('export const', 'const'), 'ints/x/deployments.ts': deployments },
    'invalid_entrypoint',
    /^ints\/x\/deployments\.ts:2: .*main/,
  ],
  [
    'a deployment that is not exported',
    { 'ints/x/flows/api.ts': api, 'ints/x/deployments.ts': deployments.replace('export const', 'const') },
    'invalid_entrypoint',
    /^ints\/x\/deployments\.ts:3: This deployment is not exported/,
  ],
  [
    'a deployment that is not exported beside one that is',
    {
      'ints/x/flows/api.ts': api,
      'ints/x/deployments.ts': `${deployments}\nconst weekly = deployFactory({ name: 'weekly', flow: main });`,
    },
    'invalid_entrypoint',
    /^ints\/x\/deployments\.ts:4: This deployment is not exported/,
  ],
  [
    'an invalid cron',
    { 'ints/x/flows/api.ts': api, 'ints/x/deployments.ts': deployments.replace('flow: main', `flow: main, cron: 'every day'`) },
    'invalid_schedule',
    /^ints\/x\/deployments\.ts:3: .*every day/,
  ],
  [
    'a parameter that JSON can’t hold',
    {
      'ints/x/flows/api.ts': api.replace('z.url()', 'z.date()').replace(/'https.*?'/, 'new Date(0)'),
      'ints/x/deployments.ts': deployments,
    },
    'invalid_parameters',
    /^ints\/x\/deployments\.ts:3: Flow "export": parameter url is a date/,
  ],
  [
    'two deployments with one name',
    {
      'ints/x/flows/api.ts': api,
      'ints/x/deployments.ts': `${deployments}\nexport const again = deployFactory({ name: 'nightly', flow: main });`,
    },
    'conflict',
    /^ints\/x\/deployments\.ts:4: Two deployments are called export\/nightly: the exports \w+ and \w+\./,
  ],
  ['a file that is not there', {}, 'invalid_entrypoint', /deployments\.ts can't be read/],
])('%s is an error with its place', async (_, files: Record<string, string>, code, message) => {
  await expect(load(files)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

it('a flow outside the workspace is refused', async () => {
  const elsewhere = await createWorkTree({ 'api.ts': api });
  try {
    await expect(
      load({ 'ints/x/deployments.ts': deployments.replace('./flows/api.ts', `../../../${elsewhere.root.split('/').at(-1)}/api.ts`) }),
    ).rejects.toMatchObject({ code: 'invalid_entrypoint', message: expect.stringMatching(/is outside the workspace/) });
  } finally {
    await elsewhere.remove();
  }
});
