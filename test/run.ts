// All checks and tests, as `npm test` and CI run them. The last line is `N passed, N failed`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';

const root = resolve(import.meta.dirname, '..');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);

const checks = [
  { name: 'types', command: 'tsc', args: ['-p', '.'], mend: 'mend the types above' },
  { name: 'lint', command: 'oxlint', args: ['--quiet'], mend: 'mend what the linter says above' },
  { name: 'format', command: 'oxfmt', args: ['--check'], mend: 'run: npm run format' },
  { name: 'dead code', command: 'knip', args: ['--no-progress'], mend: 'remove what nothing uses' },
  { name: 'registry', command: 'nx', args: ['sync:check'], mend: 'run: npx nx sync' },
] as const;

const report = z.object({ numPassedTests: z.int(), numFailedTests: z.int(), numFailedTestSuites: z.int(), numTotalTests: z.int() });

function run(command: string, args: readonly string[], quiet: boolean): Promise<{ code: number; output: string }> {
  return new Promise((done, refuse) => {
    const child = spawn(bin(command), args, { cwd: root, stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'] });
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', refuse);
    child.once('close', (code) => done({ code: code ?? 1, output }));
  });
}

// The set-up's compile cache is for this process: tests look at what a first start costs.
delete process.env['NODE_COMPILE_CACHE'];

let passed = 0;
let failed = 0;

for (const { name, command, args, mend } of checks) {
  const { code, output } = await run(command, args, true);
  if (code === 0) passed += 1;
  else {
    failed += 1;
    console.log(output.trimEnd());
  }
  console.log(code === 0 ? `✓ ${name}` : `✗ ${name}: ${mend}`);
}

const folder = mkdtempSync(join(tmpdir(), 'tributary-test-'));
const file = join(folder, 'vitest.json');
const { code } = await run(
  'vitest',
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...process.argv.slice(2)],
  false,
);
try {
  const tests = report.parse(JSON.parse(readFileSync(file, 'utf8')));
  passed += tests.numPassedTests;
  // A suite that could not even be loaded has no failed test of its own.
  failed += tests.numFailedTests || (code === 0 ? 0 : Math.max(1, tests.numFailedTestSuites));
} catch {
  failed += 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
