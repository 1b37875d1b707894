import { TributaryError } from '@tributary/contract/error';
import type { TaskRunId } from '@tributary/contract/id';
import { writeJson } from '@tributary/contract/json';

import type { RunContext } from '../run/context.ts';
import { whyNotReported } from '../run/json-value.ts';
import type { ArtifactId } from '../run/engine-port.ts';
import { heedStop } from '../run/heed-stop.ts';
import { contextOrLocal } from '../run/local/local-run.ts';
import { writeLog } from '../run/log.ts';
import { masked } from '../run/secret-mask.ts';

/** an object of JSON values for each row */
type Table = readonly Readonly<Record<string, unknown>>[];

interface ArtifactOptions {
  /** lowercase letters, digits and dashes; artifacts with the same key are versions of one artifact */
  readonly key: string;
  /** Markdown, shown with the artifact */
  readonly description?: string;
}

/**
 * Stores a table with the run.
 * @param options.table an object of JSON values for each row
 * @throws `misuse` when the table isn't JSON, or the key is invalid
 * @example
 * await tableArtifact({ key: 'top-products', table: [{ name: 'Kiwi', sold: 12 }] });
 */
export async function tableArtifact(options: ArtifactOptions & { readonly table: Table }): Promise<void> {
  await store('table', tableText(options.table, options.key), options);
}

/**
 * Stores a page of Markdown with the run.
 * @throws `misuse` when the key is invalid
 * @example
 * await markdownArtifact({ key: 'summary', markdown: `Loaded **${rows}** rows.` });
 */
export async function markdownArtifact(options: ArtifactOptions & { readonly markdown: string }): Promise<void> {
  await store('markdown', options.markdown, options);
}

/**
 * Stores a link with the run.
 * @param options.text the text of the link; by default the link's address
 * @throws `misuse` when the key is invalid
 * @example
 * await linkArtifact({ key: 'report', link: 'https://example.com/report', text: 'Report' });
 */
export async function linkArtifact(options: ArtifactOptions & { readonly link: string; readonly text?: string }): Promise<void> {
  await store('markdown', `[${options.text ?? options.link}](${options.link})`, options);
}

/**
 * Stores an image with the run.
 * @param options.image the address of the image
 * @throws `misuse` when the key is invalid
 * @example
 * await imageArtifact({ key: 'chart', image: 'https://example.com/chart.png' });
 */
export async function imageArtifact(options: ArtifactOptions & { readonly image: string }): Promise<void> {
  await store('image', options.image, options);
}

/** A progress bar of a run. */
export interface Progress {
  /**
   * Moves the bar. Of several calls that aren't awaited, the last one counts.
   * @param percent from 0 to 100
   */
  update(percent: number): Promise<void>;
}

/**
 * Stores a progress bar with the run.
 * @param options.percent where the bar starts, from 0 to 100; 0 by default
 * @throws `misuse` when the key is invalid, or the percentage isn't a number
 * @example
 * const progress = await progressArtifact({ key: 'pages' });
 * for (const page of pages) {
 *   await load(page);
 *   await progress.update((100 * page) / pages.length);
 * }
 */
export async function progressArtifact(options: ArtifactOptions & { readonly percent?: number }): Promise<Progress> {
  const { key, percent = 0 } = options;
  const id = await store('progress', percentage(percent, key), options);
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

/** An artifact without a key, of a task run that is observed. */
export type ObservedArtifact = { readonly description: string } & ({ readonly markdown: string } | { readonly table: Table });

/**
 * Stores an artifact with the given task run, even if that isn't the task run of the calling code.
 * @returns false without a server, because nothing is stored then
 */
export async function storeObserved(context: RunContext, task: TaskRunId, artifact: ObservedArtifact): Promise<boolean> {
  const { description } = artifact;
  const [type, data] = 'table' in artifact ? ['table', tableText(artifact.table, description)] : ['markdown', artifact.markdown];
  await storeFor(context, task, { type, data, description });
  return context.port.served;
}

/** Prefect stores tables as text. */
function tableText(table: Table, name: string): string {
  const reason = whyNotReported(table, 'table');
  if (reason) throw new TributaryError('misuse', `The table of artifact "${name}" isn't JSON: ${reason}.`);
  return writeJson(table);
}

function percentage(percent: number, key: string): number {
  if (Number.isFinite(percent)) return Math.max(0, Math.min(100, percent));
  throw new TributaryError('misuse', `The progress of artifact "${key}" is ${percent}: give a percentage from 0 to 100.`);
}

async function store(type: string, data: string | number, { key, description }: ArtifactOptions): Promise<ArtifactId> {
  if (!/^[a-z0-9-]+$/.test(key))
    throw new TributaryError(
      'misuse',
      `The artifact key ${JSON.stringify(key)} is invalid: use lowercase letters, digits and dashes only.`,
    );
  const context = contextOrLocal(key);
  return storeFor(context, context.task?.id, { key, type, data, description });
}

async function storeFor(
  context: RunContext,
  task: TaskRunId | undefined,
  artifact: {
    readonly key?: string;
    readonly type: string;
    readonly data: string | number;
    readonly description: string | undefined;
  },
): Promise<ArtifactId> {
  heedStop(context);
  const { key, type, data, description } = artifact;
  const id = await context.port.artifact({
    ...(key === undefined ? {} : { key }),
    type,
    data: typeof data === 'string' ? masked(data) : data,
    ...(description === undefined ? {} : { description: masked(description) }),
    flow_run_id: context.run.flowRunId,
    ...(task ? { task_run_id: task } : {}),
  });
  writeLog(context, 'debug', `Stored the ${type} artifact "${key ?? description}".`, task);
  return id;
}
