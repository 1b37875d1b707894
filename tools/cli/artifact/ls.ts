import type { Artifact } from '@tributary/contract/nouns/artifact';
import { type artifactsQuery, maximumPage } from '@tributary/contract/nouns/filter';
import type { z } from 'zod';

import type { Call } from '../command/call.ts';
import { type ApiClient, openEngine } from '../engine/open.ts';
import { findFlowRun } from '../flow-run/find.ts';
import { unusual } from '../name/unusual.ts';
import { dateTime } from '../print/moment.ts';
import { table } from '../print/text.ts';

export interface LsOptions {
  readonly limit: number;
  readonly all?: boolean;
  readonly type?: string;
  readonly flowRun?: string;
}

export async function ls(call: Call, { limit, all = false, type, flowRun }: LsOptions): Promise<undefined> {
  const opened = await openEngine(call, 'read');
  const { client } = opened;
  const of = {
    artifacts: type === undefined ? forPeople : { type: { any_: [type] } },
    ...(flowRun === undefined ? {} : { flow_runs: { id: { any_: [(await findFlowRun(opened, flowRun)).id] } } }),
  };
  const { artifacts, rest } = await readNewest(client, of, { limit, all });
  call.out.result(artifacts, () =>
    table(
      ['ID', 'KEY', 'TYPE', 'UPDATED', 'DESCRIPTION'],
      artifacts.map((artifact) => [
        artifact.id,
        artifact.key ?? '-',
        artifact.type ?? '-',
        dateTime(artifact.updated),
        artifact.description?.split('\n')[0] ?? '',
      ]),
      `No artifact matches.${unusual('type', type === undefined ? [] : [type], usualTypes)}`,
    ),
  );
  const narrow = '--type and --flow-run narrow the list.';
  if (rest === 'more')
    call.out.note(`More artifacts match: ${limit < mostListed ? `--limit ${mostListed} lists up to ${mostListed}; ` : ''}${narrow}`);
  if (rest === 'unread') call.out.note(`Only the newest ${mostListed} versions were searched: ${narrow}`);
}

const usualTypes = ['table', 'markdown', 'link', 'progress', 'image', 'result'];

/** Leaves out the artifacts that a Prefect server stores for results. Such an artifact has no key, and its type is missing or "result". */
const forPeople = { operator: 'or_' as const, key: { exists_: true }, type: { not_any_: ['result'] } };

/** The most pages to read. If the versions of one key fill these pages, older keys aren't listed. */
const mostPages = 10;
/** the most artifacts to list, as --limit says */
const mostListed = mostPages * maximumPage;

/**
 * Reads the newest artifacts: with `all` every version, otherwise the last version per key.
 * @returns `rest`: whether more artifacts match, or may match among those that weren't read
 */
async function readNewest(
  client: ApiClient,
  of: Pick<z.input<typeof artifactsQuery>, 'artifacts' | 'flow_runs'>,
  { limit, all }: { readonly limit: number; readonly all: boolean },
): Promise<{ readonly artifacts: Artifact[]; readonly rest: 'none' | 'more' | 'unread' }> {
  const newest: Artifact[] = [];
  const keys = new Set<string>();
  for (let page = 0; page < mostPages; page += 1) {
    const { data } = await client.filterArtifacts({ body: { ...of, sort: 'CREATED_DESC', offset: page * maximumPage } });
    for (const artifact of data) {
      if (!all && artifact.key && keys.has(artifact.key)) continue;
      if (newest.length === limit) return { artifacts: newest, rest: 'more' };
      if (artifact.key) keys.add(artifact.key);
      newest.push(artifact);
    }
    if (data.length < maximumPage) return { artifacts: newest, rest: 'none' };
  }
  return { artifacts: newest, rest: 'unread' };
}
