import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { messageOf } from '@tributary/contract/error';
import { z } from 'zod';

import type { TaskDefinition } from '../author/task-definition.ts';
import type { RunContext } from './context.ts';
import { whyNotJson } from './json-value.ts';
import { holdsSecret } from './secret-mask.ts';

/** @property expires milliseconds since 1970; null never */
const entry = z.object({ expires: z.number().nullable(), value: z.unknown() });

/** What an equal call returned before, if that is still to be used. A file that can't be read counts as none. */
export async function readCached(
  task: TaskDefinition,
  args: readonly unknown[],
  context: RunContext,
): Promise<{ value: unknown } | undefined> {
  try {
    const read = entry.safeParse(JSON.parse(await readFile(fileOf(task, args, context), 'utf8')));
    if (!read.success || (read.data.expires !== null && read.data.expires <= Date.now())) return undefined;
    return { value: read.data.value };
  } catch {
    return undefined;
  }
}

/** Keeps what a call returned. @returns why it could not, which is no failure of the task */
export async function writeCached(
  task: TaskDefinition,
  args: readonly unknown[],
  value: unknown,
  context: RunContext,
): Promise<string | undefined> {
  const reason = value === undefined ? undefined : whyNotJson(value);
  if (reason) return `it is no JSON (${reason}).`;
  const file = fileOf(task, args, context);
  const temporary = `${file}.${randomUUID()}`;
  try {
    const expires = task.cacheSeconds === null ? null : Date.now() + task.cacheSeconds * 1000;
    const text = JSON.stringify({ expires, value });
    if (holdsSecret(text)) return 'it contains a secret.';
    await mkdir(folderOf(context), { recursive: true });
    await writeFile(temporary, text);
    await rename(temporary, file);
    return undefined;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    return messageOf(error);
  }
}

function folderOf(context: RunContext): string {
  return join(context.run.dataDir, '.cache');
}

function fileOf(task: TaskDefinition, args: readonly unknown[], context: RunContext): string {
  const key = task.cacheKey?.(args) ?? '';
  return join(folderOf(context), `${createHash('sha256').update(`${task.name}\n${key}`).digest('hex')}.json`);
}
