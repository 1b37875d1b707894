import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { homeFiles, serverFile } from '@tributary/contract/server-file';

import { readBoot } from './health.ts';

/**
 * Finds the running embedded server of a home folder.
 * @returns undefined when there is no server.json, or no server answers at its URL with its boot id
 */
export async function findEmbedded(home: string): Promise<{ readonly url: string } | undefined> {
  let text: string;
  try {
    text = await readFile(join(home, homeFiles.server), 'utf8');
  } catch {
    return undefined;
  }
  const parsed = serverFile.safeParse(parse(text));
  if (!parsed.success) return undefined;
  const { boot } = await readBoot(parsed.data.url);
  return boot === parsed.data.boot ? { url: parsed.data.url } : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
