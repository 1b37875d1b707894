import { TributaryError } from '@tributary/contract/error';
import { writeJson } from '@tributary/contract/json';

import { whyNotReported } from '../run/json-value.ts';
import type { ArtifactId } from '../run/engine-port.ts';
import { heedStop } from '../run/heed-stop.ts';
import { contextOrLocal } from '../run/local/local-run.ts';
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
  const reason = whyNotReported(options.table, 'table');
  if (reason) throw new TributaryError('misuse', `Artifact "${options.key}" is no table of JSON values: ${reason}.`);
  // A text, as Prefect keeps tables.
  await keep('table', writeJson(options.table), options);
}

/** Keeps a page of Markdown of the run for people to look at. */
export async function markdownArtifact(options: ArtifactOptions & { readonly markdown: string }): Promise<void> {
  await keep('markdown', options.markdown, options);
}

/** Keeps a link for people to follow. @param options.text what it is shown as; the link itself unless told */
export async function linkArtifact(options: ArtifactOptions & { readonly link: string; readonly text?: string }): Promise<void> {
  await keep('markdown', `[${options.text ?? options.link}](${options.link})`, options);
}

/** Keeps a picture for people to look at, by its address. */
export async function imageArtifact(options: ArtifactOptions & { readonly image: string }): Promise<void> {
  await keep('image', options.image, options);
}

/** A bar that shows how far something is. */
export interface Progress {
  /** Moves it: a percentage from 0 to 100. Of calls that nobody awaits the last one counts. */
  update(percent: number): Promise<void>;
}

/** Shows how far the run is, or a part of it. @param options.percent where it begins; 0 unless told */
export async function progressArtifact(options: ArtifactOptions & { readonly percent?: number }): Promise<Progress> {
  const { key, percent = 0 } = options;
  const id = await keep('progress', percentage(percent, key), options);
  const { port, run } = contextOrLocal(key);
  let next: number | undefined;
  let moving: Promise<void> | undefined;
  async function move(): Promise<void> {
    for (let data = next; data !== undefined; data = next) {
      next = undefined;
      await port.updateArtifact(id, { data });
    }
  }
  return {
    async update(given) {
      run.signal.throwIfAborted();
      next = percentage(given, key);
      moving ??= move().finally(() => (moving = undefined));
      await moving;
    },
  };
}

function percentage(percent: number, key: string): number {
  if (Number.isFinite(percent)) return Math.max(0, Math.min(100, percent));
  throw new TributaryError('misuse', `The progress of artifact "${key}" is ${percent}: give a percentage, from 0 to 100.`);
}

async function keep(type: string, data: string | number, { key, description }: ArtifactOptions): Promise<ArtifactId> {
  if (!/^[a-z0-9-]+$/.test(key))
    throw new TributaryError('misuse', `The artifact key ${JSON.stringify(key)} may only have lowercase letters, digits and dashes.`);
  const context = contextOrLocal(key);
  heedStop(context);
  const id = await context.port.artifact({
    key,
    type,
    data: typeof data === 'string' ? masked(data) : data,
    ...(description === undefined ? {} : { description: masked(description) }),
    flow_run_id: context.run.flowRunId,
    ...(context.task ? { task_run_id: context.task.id } : {}),
  });
  writeLog(context, 'debug', `Kept the ${type} artifact "${key}".`);
  return id;
}
