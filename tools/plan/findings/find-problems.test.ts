import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Client, createClient, fetchTransport } from '@tributary/contract/client';
import { baseJobTemplate } from '@tributary/contract/nouns/work-pool';
import { routes } from '@tributary/contract/routes';
import { startServer } from '@tributary/server';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { readLive } from '../plan/read-live.ts';
import { createWorkspaces, deploymentsText } from '../test-support/workspace.ts';
import { findProblems, type Problems } from './find-problems.ts';
import type { PlanRoutes } from '../routes.ts';

let home: string;
let server: Awaited<ReturnType<typeof startServer>>;
let engine: Client<PlanRoutes>;
let requests: string[] = [];
const workspaces = createWorkspaces();

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tributary-findings-'));
  server = await startServer({ home, port: 0 });
  engine = createClient(routes, { url: server.url, patience: 0 });
});
beforeEach(() => {
  requests = [];
});
afterAll(async () => {
  await workspaces.remove();
  await server?.close();
  await rm(home, { recursive: true, force: true });
});

/** Finds the problems of a workspace with these files. The requests to the engine are recorded. */
async function find(files: Readonly<Record<string, string>>): Promise<Problems> {
  const client = createClient(routes, {
    url: server.url,
    patience: 0,
    transport(request) {
      requests.push(`${request.method} ${request.url.slice(server.url.length)}`);
      return fetchTransport(request);
    },
  });
  return findProblems({ ...(await workspaces.create(files)), client, live: readLive(engine, () => true) });
}

async function deploy(flow: string, deployment: string): Promise<void> {
  const { id } = (await engine.createFlow({ body: { name: flow } })).data;
  await engine.createDeployment({ body: { name: deployment, flow_id: id } });
}

it('a broken integration and names that occur twice are errors with file and line, and sound integrations have none', async () => {
  const { findings } = await find({
    'ints/broken/deployments.ts': "\nthrow new Error('no key');\n",
    'ints/cron/deployments.ts': deploymentsText('load', 'cron', { options: "cron: '61 0 * * *'" }),
    'ints/one/deployments.ts': deploymentsText('load', 'same'),
    'ints/other/deployments.ts': `// other\n${deploymentsText('load', 'same')}`,
    'ints/sound/deployments.ts': deploymentsText('load', 'sound'),
    'ints/twice/deployments.ts': `${deploymentsText('load', 'twice')}export const again = deployFactory({ name: 'twice', flow: theFlow });\n`,
  });
  const twice = 'Two deployments are called load/same: in ints/one/deployments.ts and in ints/other/deployments.ts. Rename one of them.';
  expect(findings).toEqual(
    [
      ['broken', 2, 'broken_integration', 'This file threw while it was imported: no key'],
      ['cron', 4, 'broken_integration', expect.stringMatching(/^(?!ints\/).*load\/cron.*"61 0 \* \* \*"/)],
      ['one', 4, 'duplicate_name', twice],
      ['other', 5, 'duplicate_name', twice],
      ['twice', 5, 'duplicate_name', 'Two deployments are called load/twice: the exports again and theDeployment. Rename one of them.'],
    ].map(([name, line, code, message]) => ({
      code,
      severity: 'error',
      message,
      file: `ints/${name}/deployments.ts`,
      line,
      integration: `ints-${name}`,
      command: null,
    })),
  );
});

it('a schedule whose runs would lack a required parameter is an error, or a warning if the code pauses it', async () => {
  const parameters = "{ day: z.iso.date(), 'a b': z.int(), shop: z.string().default('x') }";
  const given = "parameters: { day: '2026-01-01', 'a b': 1 }";
  const text = (name: string, options: string): string => deploymentsText('load', name, { parameters, options });
  const { findings } = await find({
    'ints/active/deployments.ts': text('active', "cron: '0 5 * * *'"),
    'ints/both/deployments.ts': text('both', `parameters: { day: '2026-01-01' }, cron: { cron: '0 5 * * *', parameters: { 'a b': 1 } }`),
    'ints/given/deployments.ts': text('given', `cron: '0 5 * * *', ${given}`),
    'ints/manual/deployments.ts': text('manual', ''),
    'ints/one/deployments.ts': text(
      'one',
      `schedules: [{ interval: '1d', slug: 'daily', parameters: { 'a b': 1 } }, { cron: '0 1 * * *', ${given} }]`,
    ),
    'ints/paused/deployments.ts': text('paused', "cron: '0 5 * * *', paused: true"),
    'ints/resting/deployments.ts': text('resting', "cron: { cron: '0 5 * * *', active: false }"),
  });
  expect(findings.map(({ integration, line, severity }) => [integration, line, severity])).toEqual([
    ['ints-active', 4, 'error'],
    ['ints-one', 4, 'error'],
    ['ints-paused', 4, 'warning'],
    ['ints-resting', 4, 'warning'],
  ]);
  expect(findings.slice(0, 3).map(({ message }) => message)).toEqual([
    "Schedule cron-1 of deployment load/active lacks the required parameters day, a b, so each of its runs would fail. Add the values to the schedule or to the deployment: parameters: { day: …, 'a b': … }.",
    'Schedule daily of deployment load/one lacks the required parameter day, so each of its runs would fail. Add the value to the schedule or to the deployment: parameters: { day: … }.',
    expect.stringContaining('so its runs will fail once it is resumed.'),
  ]);
});

it("a deployment from outside that isn't live is a warning at its declaration, with the nearest name", async () => {
  await deploy('py-flow', 'nightly');
  const outside = (...names: string[]): string => names.map((name) => `externalDeployment('${name}', z.object({}));\n`).join('');
  const { findings } = await find({
    'ints/calls/deployments.ts': deploymentsText('load', 'calls') + outside('py-flow/nightly', 'py-flow/nihgtly', 'load/plan', 'x/y'),
    'ints/plan/deployments.ts': deploymentsText('load', 'plan'),
    'ints/plan/shared.ts': `import { externalDeployment } from '@tributary/flow';\nimport { z } from 'zod';\n${outside('gone/now')}`,
    'ints/shares/deployments.ts': `import '../plan/shared.ts';\n${deploymentsText('load', 'shares')}`,
    'ints/too/deployments.ts': `import '../plan/shared.ts';\n${deploymentsText('load', 'too')}`,
  });
  const lacks = (name: string): string => `The engine lacks the deployment ${name}, so a run that calls it would fail.`;
  expect(findings).toEqual(
    [
      ['ints/calls/deployments.ts', 6, 'ints-calls', `${lacks('py-flow/nihgtly')} Did you mean "py-flow/nightly"?`],
      ['ints/calls/deployments.ts', 8, 'ints-calls', `${lacks('x/y')} Deploy it first, or correct the name.`],
      ['ints/plan/shared.ts', 3, null, `${lacks('gone/now')} Deploy it first, or correct the name.`],
    ].map(([file, line, integration, message]) => ({
      code: 'missing_deployment',
      severity: 'warning',
      message,
      file,
      line,
      integration,
      command: null,
    })),
  );
});

it('a pool of another type is an error of each integration that names it', async () => {
  await engine.createWorkPool({ body: { name: 'k8s', type: 'kubernetes', base_job_template: { ...baseJobTemplate } } });
  const more = "export const more = deployFactory({ name: 'more', flow: theFlow, pool: 'k8s' });\n";
  const { findings, lacking } = await find({
    'ints/one/deployments.ts': deploymentsText('load', 'one', { options: "pool: 'k8s', queue: 'new'" }) + more,
    'ints/two/deployments.ts': deploymentsText('load', 'two', { options: "pool: 'k8s'" }),
  });
  expect(findings.map(({ code, severity, file, line }) => [code, severity, file, line])).toEqual([
    ['other_pool_type', 'error', 'ints/one/deployments.ts', 5],
    ['other_pool_type', 'error', 'ints/two/deployments.ts', 4],
  ]);
  expect(findings[1]?.message).toBe(
    'Work pool "k8s" of deployment load/two has the type "kubernetes", and only pools of the type "tributary" run flows of this workspace. Set `pool` to another name. Deploy creates the pool if it doesn\'t exist.',
  );
  expect(findings[0]?.message).toContain('of deployment load/more and 1 more has');
  expect(lacking).toEqual({ pools: [], queues: ['k8s/new'] });
});

it('pools and queues that the engine lacks are listed', async () => {
  await engine.createWorkPool({ body: { name: 'live', type: 'tributary' } });
  await engine.createWorkQueue({ path: { pool: 'live' }, body: { name: 'fast' } });
  const { findings, lacking } = await find({
    'ints/a/deployments.ts': deploymentsText('load', 'a', { options: "pool: 'live', queue: 'fast'" }),
    'ints/b/deployments.ts': deploymentsText('load', 'b', { options: "pool: 'live', queue: 'slow'" }),
    'ints/c/deployments.ts': deploymentsText('load', 'c', { options: "pool: 'fresh', queue: 'slow'" }),
    'ints/d/deployments.ts': deploymentsText('load', 'd', { options: "pool: 'fresh'" }),
  });
  expect(findings).toEqual([]);
  expect(lacking).toEqual({ pools: ['fresh'], queues: ['fresh/slow', 'live/slow'] });
  expect(requests).toEqual(['POST /work_pools/filter', 'POST /work_pools/live/queues/filter']);
});
