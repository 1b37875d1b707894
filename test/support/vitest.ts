import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { failedTests } from './failed-tests.ts';
import { slowestTests } from './slowest-tests.ts';
import { testReport } from './test-report.ts';
import { repository } from './workspace.ts';

/**
 * Runs projects of vitest.config.ts, which print to this process's output. Then prints the ten slowest tests and all that failed, and counts all tests.
 * @param project the projects' name, in which `*` stands for any text
 * @param args files, or options of vitest
 */
export async function runVitest(project: string, args: readonly string[]): Promise<{ readonly passed: number; readonly failed: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-test-'));
  const file = join(folder, 'vitest.json');
  const options = [`--project=${project}`, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const child = spawn(join(repository, 'node_modules', '.bin', 'vitest'), ['run', ...options, ...args], {
    cwd: repository,
    stdio: 'inherit',
  });
  const code = await new Promise<number>((ended, refuse) => {
    child.once('error', refuse);
    child.once('close', (status) => ended(status ?? 1));
  });
  try {
    const tests = testReport.parse(JSON.parse(readFileSync(file, 'utf8')));
    console.log(['The slowest tests:', ...slowestTests(tests.testResults, 10), ...failedTests(tests.testResults)].join('\n'));
    // A suite that can't be loaded reports no failed test, so it is counted as one.
    return { passed: tests.numPassedTests, failed: tests.numFailedTests || (code === 0 ? 0 : Math.max(1, tests.numFailedTestSuites)) };
  } catch {
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
