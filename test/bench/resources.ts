import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Resident memory of a process, in MB. */
export function residentMegabytes(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}

/** Measures how much of one core a process uses for the given seconds, in per cent. @returns undefined on a system without /proc */
export async function busyPercent(pid: number, seconds: number): Promise<number | undefined> {
  const before = cpuTicks(pid);
  await sleep(seconds * 1000);
  const after = cpuTicks(pid);
  // A tick of Linux is a hundredth of a second, so ticks per second are per cent.
  return before === undefined || after === undefined ? undefined : (after - before) / seconds;
}

function cpuTicks(pid: number): number | undefined {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return undefined;
  const fields = readFileSync(file, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}
