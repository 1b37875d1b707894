import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { messageOf } from '@tributary/contract/error';
import { fromMillis } from '@tributary/contract/moment';
import type { StateDetails } from '@tributary/contract/nouns/state';
import { z } from 'zod';

import type { TaskDefinition } from './task-definition.ts';
import { whyNotJson } from '../json-value.ts';
import { holdsSecret } from '../secret-mask.ts';

/** `expires` is in milliseconds since 1970, null for never. `value` is missing if the task returned undefined, which JSON leaves out. */
const content = z.object({ expires: z.number().nullable(), value: z.unknown().optional() });

/** The cache's part of a task run's state details. */
export type CacheDetails = Pick<StateDetails, 'cache_key' | 'cache_expiration'>;

/** The stored result of one call. */
export interface CacheEntry {
  /** @returns the stored result; undefined if there is none, if it has expired, or if its file can't be read */
  read(): Promise<{ readonly value: unknown; readonly details: CacheDetails } | undefined>;
  /** Stores the call's result. @returns `refused` with the reason if the result can't be stored; the task completes all the same */
  write(value: unknown): Promise<{ readonly details: CacheDetails } | { readonly refused: string }>;
}

/**
 * Finds the cache entry of a call.
 * @param integration the cache's owner: the path of the integration's folder below the workspace's root, such as `ints/shop`
 * @throws `misuse` if the arguments can't be made into a key, or if another task has the same key
 */
export function openCache(
  { cacheKey, cacheSeconds }: Pick<TaskDefinition, 'cacheKey' | 'cacheSeconds'>,
  args: readonly unknown[],
  dataDir: string,
  integration: string,
): CacheEntry {
  const key = createHash('sha256')
    .update(JSON.stringify([integration, cacheKey?.(args)]))
    .digest('hex');
  // The integration's name helps people find the files of its cache. The key alone tells the entries apart.
  const file = join(dataDir, '.cache', `${integration.replace(/\W+/g, '-').slice(-60) || 'root'}-${key}.json`);
  const detailsOf = (expires: number | null): CacheDetails => ({
    cache_key: key,
    ...(expires === null ? {} : { cache_expiration: fromMillis(expires) }),
  });
  return {
    async read() {
      const found = await read(file);
      return found && { value: found.value, details: detailsOf(found.expires) };
    },
    async write(value) {
      const expires = cacheSeconds === null ? null : Date.now() + cacheSeconds * 1000;
      const refused = await write(file, value, expires);
      return refused === undefined ? { details: detailsOf(expires) } : { refused };
    },
  };
}

async function read(file: string): Promise<{ readonly value: unknown; readonly expires: number | null } | undefined> {
  try {
    const found = content.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (!found.success || (found.data.expires !== null && found.data.expires <= Date.now())) return undefined;
    return { value: found.data.value, expires: found.data.expires };
  } catch {
    return undefined;
  }
}

async function write(file: string, value: unknown, expires: number | null): Promise<string | undefined> {
  const reason = value === undefined ? undefined : whyNotJson(value);
  if (reason) return `it isn't JSON (${reason}).`;
  const temporary = `${file}.${randomUUID()}`;
  try {
    const text = JSON.stringify({ expires, value });
    if (holdsSecret(text)) return 'it contains a secret.';
    await mkdir(dirname(file), { recursive: true });
    await writeFile(temporary, text);
    await rename(temporary, file);
    return undefined;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    return messageOf(error);
  }
}
