import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { isTributaryError, issuesOf, messageOf, TributaryError } from '@tributary/contract/error';
import { readJson } from '@tributary/contract/json';
import { baseJobTemplate, defaultPool, type WorkPool, type WorkPoolCreate, workPoolCreate } from '@tributary/contract/nouns/work-pool';

import type { Call } from '../command/call.ts';
import { misuse } from '../command/refusal.ts';
import { type ApiClient, openEngine } from '../engine/open.ts';
import { refuseLargeIntegers } from '../read/exact-json.ts';

export interface CreateOptions {
  readonly type: string;
  readonly paused?: boolean;
  readonly concurrencyLimit?: number;
  readonly description?: string;
  /** the path of a JSON file */
  readonly baseJobTemplate?: string;
  readonly overwrite?: boolean;
}

export async function create(call: Call, name: string, options: CreateOptions): Promise<undefined> {
  const { type, paused, concurrencyLimit, description, overwrite = false } = options;
  const template = options.baseJobTemplate === undefined ? undefined : await readTemplate(call.cwd, options.baseJobTemplate);
  const body = workPoolCreate.safeParse({
    name,
    type,
    ...(template ? { base_job_template: template } : type === defaultPool.type ? { base_job_template: baseJobTemplate } : {}),
    ...(paused === undefined ? {} : { is_paused: paused }),
    ...(concurrencyLimit === undefined ? {} : { concurrency_limit: concurrencyLimit }),
    ...(description === undefined ? {} : { description }),
  });
  if (!body.success) {
    const reasons = issuesOf(body.error).map(({ path, message }) => `${path}: ${message}`);
    throw misuse(`Work pool "${name}" was not created: ${reasons.join('; ')}.`);
  }
  const { client } = await openEngine(call, 'write');
  const { pool, created } = await write(client, body.data, overwrite);
  call.out.result(
    pool,
    () => `${created ? 'Created' : 'Changed'} work pool ${name} of type ${pool.type}${pool.is_paused ? ', paused' : ''}.`,
  );
}

async function write(client: ApiClient, body: WorkPoolCreate, overwrite: boolean): Promise<{ pool: WorkPool; created: boolean }> {
  try {
    return { pool: (await client.createWorkPool({ body })).data, created: true };
  } catch (error) {
    // A server reserves names that begin with "prefect".
    if (isTributaryError(error, 'unauthorized') && error.facts.reason)
      throw new TributaryError('misuse', `Work pool "${body.name}" was not created: ${error.facts.reason}`, { cause: error });
    if (!isTributaryError(error, 'conflict')) throw error;
    const { name, type, ...changes } = body;
    const { data: found } = await client.readWorkPool({ path: { pool: name } });
    if (!overwrite)
      throw new TributaryError('conflict', `Work pool "${name}" already exists, of type ${found.type}. To change it, add --overwrite.`, {
        cause: error,
      });
    if (found.type !== type)
      throw new TributaryError(
        'conflict',
        `Work pool "${name}" has type ${found.type}. A pool's type can't be changed: to create the pool with type ${type}, delete it first.`,
        {
          cause: error,
        },
      );
    await client.updateWorkPool({ path: { pool: name }, body: changes });
    return { pool: (await client.readWorkPool({ path: { pool: name } })).data, created: false };
  }
}

async function readTemplate(cwd: string, file: string): Promise<unknown> {
  let template: unknown;
  try {
    template = readJson(await readFile(resolve(cwd, file), 'utf8'));
  } catch (error) {
    throw misuse(`--base-job-template ${file} can't be read as JSON: ${messageOf(error)}.`);
  }
  refuseLargeIntegers(`--base-job-template ${file}`, template);
  return template;
}
