import { join } from 'node:path';
import { expect, it } from 'vitest';

import { slowestTests } from './slowest-tests.ts';
import { repository } from './workspace.ts';

it('shows the slowest tests of all files with their seconds, the slowest first', () => {
  const files = [
    {
      name: join(repository, 'test', 'one.test.ts'),
      assertionResults: [{ fullName: 'a run ends', duration: 1234 }, { fullName: 'a run is skipped' }],
    },
    { name: join(repository, 'tools', 'two.test.ts'), assertionResults: [{ fullName: 'a worker starts', duration: 12_340 }] },
  ];
  expect(slowestTests(files, 2)).toEqual(['  12.3 s  tools/two.test.ts  a worker starts', '   1.2 s  test/one.test.ts  a run ends']);
});
