import { relative } from 'node:path';

import type { TestFile } from './test-report.ts';
import { repository } from './workspace.ts';

/** The failed tests, a line each: file, name and the first line of the error. A file that failed without a failed test is named itself. */
export function failedTests(files: readonly TestFile[]): string[] {
  return files
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, message, assertionResults }) => {
      const file = relative(repository, name);
      const failed = assertionResults.filter(({ status }) => status === 'failed');
      if (failed.length === 0) return [`${file}: ${firstLine(message) || 'it did not end'}`];
      return failed.map(({ fullName, failureMessages: [error = ''] }) => `${file}  ${fullName.trim()}: ${firstLine(error)}`);
    })
    .map((line) => `✗ ${line}`);
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}
