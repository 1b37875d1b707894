import module from 'node:module';

const flags = [
  // MB for each half of the space for new objects, which would grow to 32.
  '--max-semi-space-size=4',
  // Old objects are collected when there are half as many again as the last time, not up to four times as many.
  '--heap-growing-percent=50',
];
/** Says that a process was started anew after compiling. */
const compiled = 'TRIBUTARY_COMPILED';

/**
 * Keeps a server that runs for months small (tools/decisions/006): starts this process anew, under the same pid, with flags that only a
 * start can set, and once more when it had to strip types, which takes 26 MB that stay. Nothing changes where a process can't do that, nor
 * on another Node than 24, which may not know the flags.
 */
export async function stayLean(script, args) {
  if (!process.execve || process.platform === 'win32' || !process.version.startsWith('v24.')) return;
  const again = (execArgv, env) =>
    process.execve(process.execPath, [process.execPath, ...execArgv, script, ...args], { ...env, ...process.env });
  // One arena for malloc instead of one for each thread.
  if (!flags.every((flag) => process.execArgv.includes(flag))) again([...process.execArgv, ...flags], { MALLOC_ARENA_MAX: '1' });
  await import('../main.ts');
  await import('./start.ts');
  if (process.env[compiled] || !process.moduleLoadList.some((name) => name.includes('amaro'))) return;
  module.flushCompileCache();
  again(process.execArgv, { [compiled]: '1' });
}
