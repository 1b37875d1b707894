import { join } from 'node:path';
import { expect, it } from 'vitest';

import { failedTests } from './failed-tests.ts';
import { slowestTests } from './slowest-tests.ts';
import type { TestFile } from './test-report.ts';
import { repository } from './workspace.ts';

const passed = { status: 'passed', failureMessages: [] };
const file = (path: string, own: Partial<TestFile>): TestFile => ({
  name: join(repository, path),
  status: 'passed',
  message: '',
  assertionResults: [],
  ...own,
});

it('shows the slowest tests of all files with their seconds, the slowest first', () => {
  const files = [
    file('test/one.test.ts', {
      assertionResults: [
        { ...passed, fullName: 'a run ends', duration: 1234 },
        { ...passed, fullName: 'a run is skipped', status: 'skipped' },
      ],
    }),
    file('tools/two.test.ts', { assertionResults: [{ ...passed, fullName: 'a worker starts', duration: 12_340 }] }),
  ];
  expect(slowestTests(files, 2)).toEqual(['  12.3 s  tools/two.test.ts  a worker starts', '   1.2 s  test/one.test.ts  a run ends']);
});

it('shows each failed test with the first line of its error, and each file that failed as a whole', () => {
  const failureMessages = ['AssertionError: expected 1 to be 2\n    at test/one.test.ts:3:7'];
  const files = [
    file('test/one.test.ts', {
      status: 'failed',
      assertionResults: [
        { ...passed, fullName: ' a run ends' },
        { fullName: ' a run starts', status: 'failed', failureMessages },
      ],
    }),
    file('test/two.test.ts', { status: 'failed', message: "Cannot find module './three.ts'\n  at two.test.ts" }),
    file('test/four.test.ts', { status: 'failed', assertionResults: [{ ...passed, fullName: 'a worker starts', status: 'skipped' }] }),
    file('test/five.test.ts', {}),
  ];
  expect(failedTests(files)).toEqual([
    '✗ test/one.test.ts  a run starts: AssertionError: expected 1 to be 2',
    "✗ test/two.test.ts: Cannot find module './three.ts'",
    '✗ test/four.test.ts: it did not end',
  ]);
});
