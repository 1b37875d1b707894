import { expect, it } from 'vitest';

import { markdownArtifact, progressArtifact, tableArtifact } from './artifact.ts';
import { flow } from './flow.ts';
import { task } from './task.ts';
import { withArtifacts } from './with-artifacts.ts';

it('a test sees the latest version of each artifact that a flow and its tasks stored', async () => {
  const count = task({ name: 'count' }, async () => {
    await tableArtifact({ key: 'top', table: [{ name: 'Kiwi', sold: 12 }] });
    const progress = await progressArtifact({ key: 'pages' });
    await progress.update(50);
  });
  const report = flow({ name: 'report' }, async () => {
    await markdownArtifact({ key: 'summary', markdown: 'Nothing yet.' });
    await count();
    await markdownArtifact({ key: 'summary', markdown: 'Loaded **99** rows.' });
    return 99;
  });
  const artifacts = new Map<string, unknown>();
  expect(await withArtifacts(artifacts, report)).toBe(99);
  expect(Object.fromEntries(artifacts)).toEqual({ top: [{ name: 'Kiwi', sold: 12 }], pages: 50, summary: 'Loaded **99** rows.' });
  await report();
  expect(artifacts.size).toBe(3);
});
