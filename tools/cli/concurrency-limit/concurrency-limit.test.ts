import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { sayOn } from '../test-support/say.ts';
import { createStage, type Stage } from '../test-support/stage.ts';

describe.concurrent('concurrency limits on the command line', () => {
  let on: Stage;
  beforeAll(async () => {
    on = await createStage();
  });
  afterAll(() => on.close());
  const { text, json, refusal } = sayOn(() => on);

  it('are created, changed, disabled, enabled and deleted', async () => {
    expect(await text('concurrency-limit', 'create', 'warehouse', '2')).toBe('Created concurrency limit warehouse: 2 at once.\n');
    expect(await text('concurrency-limit', 'update', 'warehouse', '-l', '4', '--active-slots', '1')).toContain('4 at once');
    expect(await json('concurrency-limit', 'inspect', 'warehouse')).toMatchObject({ limit: 4, active_slots: 1, active: true });
    expect(await text('concurrency-limit', 'disable', 'warehouse')).toContain('(disabled)');
    expect(await json('concurrency-limit', 'enable', 'warehouse')).toMatchObject({ active: true });
    expect(await refusal('concurrency-limit', 'create', 'warehouse', '3')).toContain('concurrency-limit update warehouse --limit 3');
    expect(await text('concurrency-limit', 'delete', 'warehouse')).toContain('Deleted concurrency limit warehouse');
    expect(await refusal('concurrency-limit', 'delete', 'warehouse')).toContain('There is no concurrency limit "warehouse"');
  });

  it('limit a rate with --decay, also under the names of Prefect’s command', async () => {
    await text('global-concurrency-limit', 'create', 'api', '--limit', '10', '--slot-decay-per-second', '0.5');
    expect(await text('gcl', 'inspect', 'api')).toMatch(/Slots +10, of which 0\.5 become free each second/);
    expect(await refusal('concurrency-limit', 'inspect', 'apy')).toContain('Did you mean api?');
  });

  it('are listed with the deployment that they belong to', async () => {
    const { id } = await on.deploy('export', 'limited', { concurrency_limit: 3 });
    expect(await text('concurrency-limit', 'ls')).toMatch(new RegExp(`deployment:${id} +3 +0 +- +yes +export/limited`));
    expect(await json('concurrency-limit', 'ls')).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: `deployment:${id}`, deployment: 'export/limited' })]),
    );
  });
});
