import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { getuid } from 'node:process';

/** The user that Postgres runs as. */
export interface OtherUser {
  readonly uid: number;
  readonly gid: number;
}

/** Postgres refuses to run as root, so it runs as the user `nobody` then. @returns undefined if this process doesn't run as root */
export function otherUser(): OtherUser | undefined {
  if (getuid?.() !== 0) return undefined;
  const idOf = (flag: '-u' | '-g') => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** @returns the first folder on a path that only its owner and group may enter; undefined if every user may enter the path */
export function closedFolder(path: string): string | undefined {
  const above = dirname(path) === path ? undefined : closedFolder(dirname(path));
  if (above !== undefined) return above;
  return (statSync(path).mode & 0o001) === 0 ? path : undefined;
}
