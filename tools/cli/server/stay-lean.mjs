import module from 'node:module';
import v8 from 'node:v8';

/** MB for new objects; V8's own 32 cost 64 MB, as there are two halves. It can be set at a process's start only. */
const youngGeneration = '--max-semi-space-size=4';
/** Old objects are collected when there are half as many again as the last time, not up to four times as many: 30 MB. */
const oldGeneration = '--heap-growing-percent=50';
/** Says that a process was started anew after compiling. */
const compiled = 'TRIBUTARY_COMPILED';

/**
 * Keeps a server that runs for months small (tools/decisions/006): starts this process anew, under the same pid, with flags that only a
 * start can set, and once more when it had to strip types, which takes 26 MB that stay. Where a process can't do that, nothing changes.
 */
export async function stayLean(script, args) {
  if (!process.execve || process.platform === 'win32') return;
  const again = (flags, env) =>
    process.execve(process.execPath, [process.execPath, ...flags, ...process.execArgv, script, ...args], { ...process.env, ...env });
  // One arena for malloc instead of one for each thread: 8 MB.
  if (!process.execArgv.includes(youngGeneration)) again([youngGeneration], { MALLOC_ARENA_MAX: '1' });
  v8.setFlagsFromString(oldGeneration);
  await import('../main.ts');
  await import('./start.ts');
  if (process.env[compiled] || !process.moduleLoadList.some((name) => name.includes('amaro'))) return;
  module.flushCompileCache();
  again([], { [compiled]: '1' });
}
