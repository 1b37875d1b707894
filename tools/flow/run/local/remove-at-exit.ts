import { rmSync } from 'node:fs';

const folders = new Set<string>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Removes a folder when this process ends, also by a signal such as that of Ctrl-C, unless the program handles it. */
export function removeAtExit(folder: string): void {
  folders.add(folder);
  if (folders.size > 1) return;
  process.once('exit', removeAll);
  for (const signal of signals) process.on(signal, endBy);
}

function endBy(signal: NodeJS.Signals): void {
  // Another listener decides whether the process ends.
  if (process.listenerCount(signal) > 1) return;
  removeAll();
  process.off(signal, endBy);
  process.kill(process.pid, signal);
}

function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
