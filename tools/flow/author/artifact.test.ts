import { expect, it } from 'vitest';

import { record } from '../run/test-support/recording-run.ts';
import { imageArtifact, linkArtifact, markdownArtifact, progressArtifact, tableArtifact } from './artifact.ts';
import { flow } from './flow.ts';
import { run } from './run.ts';
import { task } from './task.ts';

it('artifacts are stored with the run and task that made them; an invalid key or value is refused', async () => {
  const artifacts: unknown[] = [];
  const recording = record({ artifact: async (artifact) => `${artifacts.push(artifact)}` });
  const make = task({ name: 'make' }, () => tableArtifact({ key: 'top-10', table: [{ a: 1 }], description: 'the best' }));
  const id = await recording.start(
    flow({ name: 'f' }, async () => {
      await make();
      return run().flowRunId;
    }),
  );
  expect(artifacts).toEqual([
    {
      key: 'top-10',
      type: 'table',
      data: '[{"a":1}]',
      description: 'the best',
      flow_run_id: id.completed ? id.value : '',
      task_run_id: recording.reports[0]?.task_run.id,
    },
  ]);
  await expect(markdownArtifact({ key: 'Top 10', markdown: '' })).rejects.toThrow('artifact key "Top 10"');
  await expect(tableArtifact({ key: 'k', table: [{ at: new Date(0) }] })).rejects.toThrow('at table[0].at: a Date');
});

it('links, images and progress bars are artifacts too; a progress bar moves, in a task as well', async () => {
  const artifacts: unknown[] = [];
  const updates: unknown[] = [];
  const recording = record({
    artifact: async (artifact) => `${artifacts.push(artifact)}`,
    updateArtifact: async (id, change) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      updates.push([id, change]);
    },
  });
  const count = task({ name: 'count' }, async () => {
    const progress = await progressArtifact({ key: 'rows' });
    await progress.update(25);
    await Promise.all([30, 31, 32, 120].map((percent) => progress.update(percent)));
    await progress.update(Number.NaN);
  });
  const outcome = await recording.start(
    flow({ name: 'f' }, async () => {
      await linkArtifact({ key: 'report', link: 'https://a.example/1', text: 'Report' });
      await linkArtifact({ key: 'plain', link: 'https://a.example/1' });
      await imageArtifact({ key: 'chart', image: 'https://a.example/chart.png' });
      await count();
    }),
  );
  expect(artifacts).toMatchObject([
    { key: 'report', type: 'markdown', data: '[Report](https://a.example/1)' },
    { key: 'plain', type: 'markdown', data: '[https://a.example/1](https://a.example/1)' },
    { key: 'chart', type: 'image', data: 'https://a.example/chart.png' },
    { key: 'rows', type: 'progress', data: 0, task_run_id: recording.reports[0]?.task_run.id },
  ]);
  expect(updates.at(0)).toEqual(['4', { data: 25 }]);
  expect(updates.at(-1)).toEqual(['4', { data: 100 }]);
  expect(updates.length).toBeLessThan(5);
  expect(outcome.state?.message).toBe('Task "count-0" failed: The progress of artifact "rows" is NaN: give a percentage from 0 to 100.');
});
