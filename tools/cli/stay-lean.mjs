import module from 'node:module';

const flags = [
  // The size in MB of each half of the space for new objects. By default each half grows to 32.
  '--max-semi-space-size=4',
  // Collects old objects when the heap has grown by half since the last collection. By default the heap may quadruple.
  '--heap-growing-percent=50',
];
/** Marks a process that was restarted after compiling. */
const compiled = 'TRIBUTARY_COMPILED';

/**
 * Keeps the memory of a long-running server small (tools/decisions/006). Restarts this process under the same pid, with flags that can only
 * be set at the start. If Node had to strip types, restarts the process once more, because the code that strips them keeps 26 MB until the
 * process ends. Does nothing on a platform that can't replace a process, or on a Node other than 24, because that may lack the flags.
 */
export async function stayLean(script, args) {
  if (!process.execve || process.platform === 'win32' || !process.version.startsWith('v24.')) return;
  const again = (execArgv, env) =>
    process.execve(process.execPath, [process.execPath, ...execArgv, script, ...args], { ...env, ...process.env });
  // With MALLOC_ARENA_MAX, malloc uses one arena instead of one for each thread.
  if (!flags.every((flag) => process.execArgv.includes(flag))) again([...process.execArgv, ...flags], { MALLOC_ARENA_MAX: '1' });
  await import('./main.ts');
  await import('./server/start.ts');
  if (process.env[compiled] || !process.moduleLoadList.some((name) => name.includes('amaro'))) return;
  module.flushCompileCache();
  again(process.execArgv, { [compiled]: '1' });
}
