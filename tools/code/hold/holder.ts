import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

import { z } from 'zod';

/** How to recognise a program that a holder started. */
const program = z.object({
  /** a text in its command line */
  text: z.string().min(1),
  /** needed if other programs may have the same text */
  pid: z.int().optional(),
});
export type Program = z.output<typeof program>;

const holder = z.object({ pid: z.int(), what: z.string(), programs: z.array(program) });
export type Holder = z.output<typeof holder>;

/** Writes who holds a lock, and for what, beside it. Only the holder of the lock does that. */
export function writeHolder(lock: string, value: Holder): void {
  const temporary = `${lock}.holder.tmp`;
  writeFileSync(temporary, JSON.stringify(value));
  renameSync(temporary, `${lock}.holder`);
}

/** @returns undefined if nobody holds the lock alone, or the file can't be read */
export function readHolder(lock: string): Holder | undefined {
  try {
    return holder.parse(JSON.parse(readFileSync(`${lock}.holder`, 'utf8')));
  } catch {
    return undefined;
  }
}

export function removeHolder(lock: string): void {
  for (const path of [`${lock}.holder`, `${lock}.holder.tmp`]) rmSync(path, { force: true });
}

/**
 * Ends the programs that a killed holder left behind: they may still write where the next holder writes. A program counts only if it leads a
 * process group, as each program of a holder does.
 */
export function endOrphans(lock: string): void {
  const programs = readHolder(lock)?.programs ?? [];
  if (programs.length === 0) return;
  for (const [, pid, group, command = ''] of listProcesses().matchAll(/^ *(\d+) +(\d+) (.*)$/gm)) {
    const isOrphan = programs.some((one) => command.includes(one.text) && (one.pid === undefined || one.pid === Number(pid)));
    if (pid !== group || !isOrphan) continue;
    try {
      process.kill(-Number(pid), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

function listProcesses(): string {
  try {
    return execFileSync('ps', ['-eo', 'pid=,pgid=,args='], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 26 });
  } catch {
    // Some containers have no ps. A program whose parent was killed soon ends by itself, because nobody reads what it prints.
    return '';
  }
}
