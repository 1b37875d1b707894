import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { sayOn } from '../test-support/say.ts';
import { createStage, type Stage } from '../test-support/stage.ts';

describe.concurrent('work pools on the command line', () => {
  let on: Stage;
  beforeAll(async () => {
    on = await createStage();
  });
  afterAll(() => on.close());
  const { text, json, refusal } = sayOn(() => on);

  it('are created, and changed only with --overwrite', async () => {
    expect(await json('work-pool', 'create', 'heavy', '--concurrency-limit', '2')).toMatchObject({
      type: 'tributary',
      concurrency_limit: 2,
      base_job_template: { job_configuration: { env: '{{ env }}' } },
    });
    expect(await refusal('work-pool', 'create', 'heavy')).toContain('--overwrite');
    expect(await text('work-pool', 'create', 'heavy', '--overwrite', '--paused', '--description', 'for much')).toBe(
      'Changed work pool heavy of type tributary, paused.\n',
    );
    expect(await text('work-pool', 'create', 'light')).toBe('Created work pool light of type tributary.\n');
    expect(await json('work-pool', 'inspect', 'heavy')).toMatchObject({ is_paused: true, description: 'for much', concurrency_limit: 2 });
    expect(await text('work-pool', 'inspect', 'heavy')).toMatch(
      /The pool has no workers yet\. Start one: npx tributary worker start --pool heavy\n/,
    );
    expect(await refusal('work-pool', 'create', 'heavy', '--overwrite', '--type', 'process')).toContain("type can't be changed");
    const template = {
      job_configuration: { image: '{{ image }}' },
      variables: { type: 'object', properties: { image: { type: 'string' } } },
    };
    writeFileSync(join(on.root, 'template.json'), JSON.stringify(template));
    expect(await json('work-pool', 'create', 'py', '--type', 'process', '--base-job-template', 'template.json')).toMatchObject({
      type: 'process',
      base_job_template: template,
    });
  });

  it('are paused, resumed, limited and deleted', async () => {
    await on.deploy('export', 'products', { work_pool_name: 'tributary' });
    await text('work-pool', 'pause', 'tributary');
    expect(await json('work-pool', 'set-concurrency-limit', 'tributary', '7')).toMatchObject({ is_paused: true, concurrency_limit: 7 });
    await text('work-pool', 'resume', 'tributary');
    expect(await json('work-pool', 'clear-concurrency-limit', 'tributary')).toMatchObject({ is_paused: false, concurrency_limit: null });
    expect(await refusal('work-pool', 'pause', 'tributry')).toBe('There is no work pool "tributry". Did you mean tributary?\n');
    expect(await text('work-pool', 'delete', 'tributary')).toContain('1 deployment has no work pool now: deploy all integrations again.');
    expect(await refusal('work-pool', 'delete', 'tributary')).toContain('There is no work pool');
  });
});
