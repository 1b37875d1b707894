import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { messageOf, TributaryError } from '@tributary/contract/error';

import { findBinaries } from './find-binaries.ts';
import { closedFolder, otherUser, type OtherUser } from './other-user.ts';

/** A cluster that can be started. */
export interface PreparedCluster {
  readonly data: string;
  /** the folder of Postgres' programs */
  readonly bin: string;
  /** a file of mode 600 with the password, without a line break */
  readonly passwordFile: string;
  /** the user that Postgres runs as; undefined for that of this process */
  readonly runAs: OtherUser | undefined;
}

/**
 * Creates a cluster in a folder, or finds the one that is there.
 * @param user the name of the database's user
 * @throws `misuse` without the programs of Postgres; `storage` if the folder can't be used
 */
export async function prepareCluster(folder: string, user: string): Promise<PreparedCluster> {
  const native = findBinaries();
  const runAs = otherUser();
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o711 });
    chmodSync(folder, runAs ? 0o711 : 0o700);
    if (runAs) refuseClosed(folder);
    const bin = join(runAs && closedFolder(join(native, 'bin')) ? copyPrograms(native, folder) : native, 'bin');
    const cluster = { data, bin, passwordFile, runAs };
    if (!existsSync(data)) await create(cluster, user);
    else if (!existsSync(passwordFile)) throw new Error(`${passwordFile} is missing, so the password is lost`);
    return cluster;
  } catch (error) {
    if (error instanceof TributaryError) throw error;
    throw new TributaryError(
      'storage',
      `The folder ${folder} can't hold a Postgres: ${messageOf(error)}. Remove the folder, or give another one with --dir.`,
      { cause: error },
    );
  }
}

function refuseClosed(folder: string): void {
  const closed = closedFolder(folder);
  if (closed === undefined) return;
  throw new TributaryError(
    'storage',
    `Postgres refuses to run as root, so it runs as the user "nobody", who can't enter ${closed}. Give a folder that every user may enter: --dir /var/lib/tributary-postgres`,
  );
}

/** Copies the programs to a folder that the user `nobody` may enter. */
function copyPrograms(native: string, folder: string): string {
  const copy = join(folder, 'native');
  rmSync(copy, { recursive: true, force: true });
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

/** Creates the cluster under another name first, so that an interrupted creation leaves none behind that looks whole. */
async function create({ data, bin, passwordFile, runAs }: PreparedCluster, user: string): Promise<void> {
  if (!existsSync(passwordFile)) writeFileSync(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600, flag: 'wx' });
  const unfinished = `${data}-${process.pid}`;
  const password = `${unfinished}-password`;
  try {
    mkdirSync(unfinished, { mode: 0o700 });
    writeFileSync(password, readFileSync(passwordFile), { mode: 0o600 });
    if (runAs) for (const path of [unfinished, password]) chownSync(path, runAs.uid, runAs.gid);
    const options = ['--username', user, '--pwfile', password, '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--no-sync'];
    await promisify(execFile)(join(bin, 'initdb'), ['--pgdata', unfinished, ...options], {
      ...runAs,
      cwd: unfinished,
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
    });
    renameSync(unfinished, data);
  } finally {
    for (const path of [unfinished, password]) rmSync(path, { recursive: true, force: true });
  }
}
