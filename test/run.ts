// All checks, and the tests of each package, as `npm test` and CI run them. The last line is `N passed, N failed`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { pruneCompileCache } from './support/prune-compile-cache.ts';
import { runVitest } from './support/vitest.ts';
import { repository } from './support/workspace.ts';

const checks = [
  { name: 'types', command: 'tsc', args: ['-p', '.'], mend: 'correct the type errors above' },
  { name: 'lint', command: 'oxlint', args: ['--quiet'], mend: 'correct the lint errors above' },
  { name: 'format', command: 'oxfmt', args: ['--check'], mend: 'run: npm run format' },
  { name: 'dead code', command: 'knip', args: ['--no-progress'], mend: 'remove the unused code above' },
  { name: 'registry', command: 'nx', args: ['sync:check'], mend: 'run: npx nx sync' },
] as const;

function check(command: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((done, refuse) => {
    const child = spawn(join(repository, 'node_modules', '.bin', command), args, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', refuse);
    child.once('close', (code) => done({ code: code ?? 1, output }));
  });
}

pruneCompileCache();

let passed = 0;
let failed = 0;

const running = checks.map(({ command, args, ...shown }) => ({ ...shown, ended: check(command, args) }));
for (const { name, mend, ended } of running) {
  const { code, output } = await ended;
  if (code === 0) passed += 1;
  else {
    failed += 1;
    console.log(output.trimEnd());
  }
  console.log(code === 0 ? `✓ ${name}` : `✗ ${name}: ${mend}`);
}

const tests = await runVitest('workspace*', process.argv.slice(2));
passed += tests.passed;
failed += tests.failed;

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
