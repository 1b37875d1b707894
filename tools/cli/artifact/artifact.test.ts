import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { sayOn } from '../test-support/say.ts';
import { createStage, type Stage } from '../test-support/stage.ts';

describe('artifacts on the command line', () => {
  let on: Stage;
  beforeAll(async () => {
    on = await createStage();
    const id = await on.trigger(await on.deploy('export', 'products'), 'by-hand');
    for (const rows of [1, 22])
      await on.client.createArtifact({
        body: { key: 'row-counts', type: 'table', data: JSON.stringify([{ table: 'products', rows }]), description: 'What was loaded' },
      });
    await on.client.createArtifact({ body: { key: 'report', type: 'markdown', data: '# All \u001B[2Jwell', flow_run_id: id } });
    await on.client.createArtifact({ body: { key: 'moving', type: 'progress', data: 42.5 } });
    await on.client.createArtifact({ body: { type: 'json', data: { a: [1] } } });
    // A Prefect server stores an artifact per result. Such artifacts aren't listed.
    for (const type of [undefined, 'result'])
      await on.client.createArtifact({ body: { data: 22, ...(type ? { type } : {}), flow_run_id: id } });
  });
  afterAll(() => on.close());
  const { text, json, refusal } = sayOn(() => on);

  it('are listed: the last version per key, or all versions with --all', async () => {
    expect(await json('artifact', 'ls')).toMatchObject([{ type: 'json' }, { key: 'moving' }, { key: 'report' }, { key: 'row-counts' }]);
    expect(await json('artifact', 'ls', '--all', '--type', 'table')).toHaveLength(2);
    expect(await json('artifact', 'ls', '--flow-run', 'by-hand')).toMatchObject([{ key: 'report' }]);
    expect(await json('artifact', 'ls', '--all', '--type', 'result')).toHaveLength(1);
    expect(await text('artifact', 'ls', '--type', 'tabel')).toBe('No artifact matches. "tabel" isn\'t a usual type: did you mean table?\n');
    expect(await text('artifact', 'ls', '--type', 'image')).toBe('No artifact matches.\n');
    expect(await text('artifact', 'ls', '--limit', '4')).toMatch(/^ID +KEY.*\n\S+ +- +json .*\n/);
    const cut = await on.command(['artifact', 'ls', '--limit', '1']);
    expect(cut.stdout).toMatch(/^ID +KEY.*\n\S+ +- +json .*\n$/);
    expect(cut.stderr).toBe('More artifacts match: --limit 2000 lists up to 2000; --type and --flow-run narrow the list.\n');
  });

  it('are shown by their type: tables as tables, progress in per cent', async () => {
    const counts = await text('artifact', 'inspect', 'row-counts');
    expect(counts).toMatch(/Older +1 version\n\ntable +rows\nproducts +22\n$/);
    expect(await text('artifact', 'inspect', 'report')).toMatch(/\n# All well\n$/);
    expect(await text('artifact', 'inspect', 'moving')).toMatch(/\n42\.5 %\n$/);
    expect(await json('artifact', 'inspect', 'row-counts')).toMatchObject({
      key: 'row-counts',
      older_versions: [{ id: expect.any(String) }],
    });
    expect(await refusal('artifact', 'inspect', 'row-count')).toBe('There is no artifact "row-count". Did you mean row-counts?\n');
  });

  it('are deleted: one by its id, all versions by their key', async () => {
    for (const data of [1, 2, 3]) await on.client.createArtifact({ body: { key: 'doomed', type: 'progress', data } });
    const { data: doomed } = await on.client.filterArtifacts({ body: { artifacts: { key: { any_: ['doomed'] } } } });
    await text('artifact', 'delete', doomed[0]?.id ?? '');
    expect(await text('artifact', 'delete', 'doomed')).toBe('Deleted the 2 versions of artifact doomed.\n');
    expect(await refusal('artifact', 'delete', doomed[0]?.id ?? '')).toContain('There is no artifact');
  });
});
