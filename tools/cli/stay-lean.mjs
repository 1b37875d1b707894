import module from 'node:module';

const flags = [
  // MB for each half of the space for new objects. By default it grows to 32.
  '--max-semi-space-size=4',
  // Collects old objects when the heap has grown by half since the last time. By default it may quadruple.
  '--heap-growing-percent=50',
];
/** Marks a process that was restarted after compiling. */
const compiled = 'TRIBUTARY_COMPILED';

/**
 * Keeps the memory of a long-running server small (tools/decisions/006). Restarts this process under the same pid, with flags that only a
 * start can set, and once more if it had to strip types, which would take 26 MB for good. Does nothing on platforms that can't replace a
 * process, or on another Node than 24, which may not have the flags.
 */
export async function stayLean(script, args) {
  if (!process.execve || process.platform === 'win32' || !process.version.startsWith('v24.')) return;
  const again = (execArgv, env) =>
    process.execve(process.execPath, [process.execPath, ...execArgv, script, ...args], { ...env, ...process.env });
  // One arena for malloc instead of one for each thread.
  if (!flags.every((flag) => process.execArgv.includes(flag))) again([...process.execArgv, ...flags], { MALLOC_ARENA_MAX: '1' });
  await import('./main.ts');
  await import('./server/start.ts');
  if (process.env[compiled] || !process.moduleLoadList.some((name) => name.includes('amaro'))) return;
  module.flushCompileCache();
  again(process.execArgv, { [compiled]: '1' });
}
