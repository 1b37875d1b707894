import { TributaryError } from '@tributary/contract/error';

import { whyNotJson } from '../run/json-value.ts';
import { contextOrLocal } from '../run/local-run.ts';
import { writeLog } from '../run/log.ts';
import { masked } from '../run/secret-mask.ts';

interface ArtifactOptions {
  /** lowercase letters, digits and dashes; artifacts of one key are versions of one thing */
  readonly key: string;
  /** Markdown */
  readonly description?: string;
}

/** Keeps a table of the run for people to look at. */
export async function tableArtifact(
  options: ArtifactOptions & { readonly table: readonly Readonly<Record<string, unknown>>[] },
): Promise<void> {
  const reason = whyNotJson(options.table, 'table');
  if (reason) throw new TributaryError('misuse', `Artifact "${options.key}" is no table of JSON values: ${reason}.`);
  // A text, as Prefect keeps tables.
  await keep('table', JSON.stringify(options.table), options);
}

/** Keeps a page of Markdown of the run for people to look at. */
export async function markdownArtifact(options: ArtifactOptions & { readonly markdown: string }): Promise<void> {
  await keep('markdown', options.markdown, options);
}

async function keep(type: string, data: string, { key, description }: ArtifactOptions): Promise<void> {
  if (!/^[a-z0-9-]+$/.test(key))
    throw new TributaryError('misuse', `The artifact key ${JSON.stringify(key)} may only have lowercase letters, digits and dashes.`);
  const context = contextOrLocal(key);
  context.run.signal.throwIfAborted();
  await context.port.artifact({
    key,
    type,
    data: masked(data),
    ...(description === undefined ? {} : { description: masked(description) }),
    flow_run_id: context.run.flowRunId,
    ...(context.task ? { task_run_id: context.task.id } : {}),
  });
  writeLog(context, 'debug', `Kept the ${type} artifact "${key}".`);
}
