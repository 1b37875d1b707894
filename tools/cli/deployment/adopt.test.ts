import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { resolveEngine } from '@tributary/flow/engine';
import { loadProjects } from '@tributary/plan/load';
import { projectIn } from '@tributary/plan/project';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createStage, type Stage } from '../test-support/stage.ts';
import { writeLabels } from './write-labels.ts';

const repository = resolve(import.meta.dirname, '..', '..', '..');

describe('a deployment', () => {
  let on: Stage;
  beforeAll(async () => {
    on = await createStage();
    symlinkSync(join(repository, 'node_modules'), join(on.root, 'node_modules'));
    write('nx.json', '{"tributary": {"workspace": "acme/data"}}');
    write(
      'ints/crm/flows/crm.ts',
      `import { flow } from '@tributary/flow';
       import { z } from 'zod';
       export const exportCrm = flow({ name: 'export', parameters: z.object({ limit: z.int() }) }, async () => 1);`,
    );
    write(
      'ints/shop/deployments.ts',
      `import { deployFactory } from '@tributary/flow'; import { exportCrm } from '../crm/flows/crm.ts';
       export const shop = deployFactory({ name: 'shop', flow: exportCrm });`,
    );
    write('ints/crm/deployments.ts', '');
  });
  afterAll(() => on.close());

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(on.root, path)), { recursive: true });
    writeFileSync(join(on.root, path), text);
  }
  const read = async (deployment: string) => (await on.client.readDeploymentByName({ path: { flow: 'export', deployment } })).data;

  const schedules = [{ schedule: { cron: '0 0 * * *', timezone: 'Europe/Vienna' }, slug: 'cron-1', active: false }];
  const live = {
    path: 'ints/crm',
    entrypoint: 'flows/crm.ts:exportCrm',
    parameters: { limit: 3 },
    tags: ['daily'],
    concurrency_limit: 2,
    schedules,
  };

  it('that is adopted gets an owner and nothing else, and the printed code declares it as it is', async () => {
    await on.deploy('export', 'crm', {
      ...live,
      labels: { team: 'sales', 'tributary.commit': 'abc', 'tributary.workspace': 'acme/old', 'tributary.project': 'ints-x' },
    });
    const before = await read('crm');
    const adopted = await on.command(['deployment', 'adopt', 'export/crm', 'crm', '--json']);
    expect([adopted.code, adopted.stderr]).toEqual([0, '']);
    const after = await read('crm');
    expect(after.labels).toEqual({
      'prefect.flow.id': before.flow_id,
      team: 'sales',
      'tributary.workspace': 'acme/data',
      'tributary.project': 'ints-crm',
      'tributary.flow': 'export',
    });
    expect(factsOf(after)).toEqual(factsOf(before));

    const { declaration, owner } = JSON.parse(adopted.stdout);
    expect(owner).toEqual({ workspace: 'acme/data', project: 'ints-crm' });
    write('ints/crm/deployments.ts', declaration);
    const [loaded] = await loadProjects([projectIn('ints/crm')], on.root);
    expect(loaded?.deployments.map(({ name, request }) => [name, request])).toEqual([
      [
        'export/crm',
        expect.objectContaining({
          parameters: { limit: 3 },
          tags: ['daily'],
          concurrency_limit: 2,
          path: 'ints/crm',
          entrypoint: 'flows/crm.ts:exportCrm',
        }),
      ],
    ]);
    expect(loaded?.deployments[0]?.request.schedules).toMatchObject(schedules);
  });

  /** Everything but labels, times and the ids of schedules, which an upsert changes. */
  function factsOf({ labels: _l, updated: _u, schedules: all, ...rest }: Awaited<ReturnType<typeof read>>) {
    return { ...rest, schedules: all.map(({ id: _id, created: _c, updated: _s, ...schedule }) => schedule) };
  }

  it('belongs to the integration that declares it, unless another one is named', async () => {
    await on.deploy('export', 'shop');
    const { code, stdout } = await on.command(['deployment', 'adopt', 'export/shop']);
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining(
        'Adopted export/shop: ints-shop of workspace acme/data owns it now. Nothing else changed.\n' +
          'Declare it in ints/shop/deployments.ts: deploys follow that file from then on. This declares it as it is:\n\nimport { deployFactory }',
      ),
    ]);
    await on.deploy('export', 'unknown');
    const lost = await on.command(['deployment', 'adopt', 'export/unknown']);
    expect([lost.code, lost.stderr]).toEqual([
      2,
      expect.stringContaining(
        'No integration declares export/unknown yet. Name the one that is to declare it: npx tributary deployment adopt export/unknown INTEGRATION. The known ones are ints/crm, ints/shop.',
      ),
    ]);
    expect((await on.command(['deployment', 'adopt', 'export/unknown', 'shp'])).stderr).toContain('Did you mean ints/shop?');
    expect((await on.command(['deployment', 'adopt', 'export/shp'])).stderr).toContain('Did you mean export/shop?');
    expect((await read('unknown')).labels).not.toHaveProperty(['tributary.workspace']);
  });

  it('keeps everything but its labels on a server that only knows upserts', async () => {
    await on.deploy('export', 'upserted', { ...live, paused: true, description: 'Old', job_variables: { env: { REGION: 'eu' } } });
    const before = await read('upserted');
    const engine = await resolveEngine({ access: 'write', cwd: on.root, env: {} });
    const changed = (labels: object) => ({ ...labels, team: 'sales' });
    await writeLabels({ engine: { ...engine, features: [] }, client: on.client }, before, changed);
    const after = await read('upserted');
    expect(after.labels).toEqual({ 'prefect.flow.id': before.flow_id, team: 'sales' });
    expect(factsOf(after)).toEqual(factsOf(before));
  });

  it('that somebody changes at the same time is read again, and keeps that change', async () => {
    await on.deploy('export', 'moving', live);
    const before = await read('moving');
    await on.client.pauseDeployment({ path: { id: before.id } });
    const engine = await resolveEngine({ access: 'write', cwd: on.root, env: {} });
    await writeLabels({ engine, client: on.client }, before, (labels) => ({ ...labels, team: 'sales' }));
    expect(await read('moving')).toMatchObject({ paused: true, labels: { team: 'sales' } });
  });

  it('whose name has escape sequences, or turns the direction of writing, leaves the terminal alone', async () => {
    const evil = '\u001B]0;title\u0007\u202Egnp';
    const { id } = await on.deploy(`flow${evil}`, `name${evil}`, live);
    const printed = async (...args: readonly string[]): Promise<string> => {
      const { stdout, stderr } = await on.command(['deployment', ...args]);
      return stdout + stderr;
    };
    const texts = [await printed('adopt', id, 'crm'), await printed('forget', id), await printed('forget', id)];
    expect(texts).toEqual([/^Adopted flow/, /^Forgot flow/, /^Nobody owns flow/].map((start) => expect.stringMatching(start)));
    for (const sign of ['\u001B', '\u0007', '\u202E']) expect(texts.join('')).not.toContain(sign);
  });

  it('that is forgotten stays, and nobody owns it', async () => {
    await on.deploy('export', 'given', {
      ...live,
      labels: {
        team: 'sales',
        'tributary.workspace': 'acme/data',
        'tributary.project': 'ints-crm',
        'tributary.applied': '1x',
        'tributary.protect': true,
      },
    });
    const before = await read('given');
    const { code, stdout } = await on.command(['deployment', 'forget', 'export/given']);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^Forgot export\/given: nobody owns it now\..*\nIf ints-crm still declares it, /),
    ]);
    const after = await read('given');
    expect(after.labels).toEqual({ 'prefect.flow.id': before.flow_id, team: 'sales' });
    expect(factsOf(after)).toEqual(factsOf(before));

    const again = await on.command(['deployment', 'forget', 'export/given']);
    expect([again.code, again.stderr]).toEqual([1, 'Nobody owns export/given, so there is nothing to forget.\n']);
    await on.deploy('export', 'theirs', { labels: { 'tributary.workspace': 'acme/sales', 'tributary.project': 'ints-crm' } });
    const theirs = await on.command(['deployment', 'forget', 'export/theirs']);
    expect([theirs.code, theirs.stderr]).toEqual([1, expect.stringContaining('Workspace acme/sales owns export/theirs')]);
    expect((await on.command(['deployment', 'forget', 'export/givn'])).stderr).toContain('Did you mean export/given?');
  });
});
