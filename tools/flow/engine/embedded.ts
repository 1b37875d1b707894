import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { homeFiles, type ServerFile, serverFile } from '@tributary/contract/server-file';

import { readBoot } from './health.ts';

/**
 * Finds the running embedded server of a home folder.
 * @returns undefined when there is no server.json, or no server answers at its URL with its boot id
 */
export async function findEmbedded(home: string): Promise<{ readonly url: string; readonly boot: string } | undefined> {
  const file = await readServerFile(home);
  if (!file) return undefined;
  const { boot } = await readBoot(file.url);
  return boot === file.boot ? { url: file.url, boot } : undefined;
}

/** Reads the server.json of a home folder. Its server may have ended. @returns undefined if there is no file, or no valid one */
export async function readServerFile(home: string): Promise<ServerFile | undefined> {
  try {
    return serverFile.safeParse(JSON.parse(await readFile(join(home, homeFiles.server), 'utf8'))).data;
  } catch {
    return undefined;
  }
}
