import { readJson, writeJson } from '@tributary/contract/json';
import type { Artifact } from '@tributary/contract/nouns/artifact';
import { z } from 'zod';

import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { dateTime } from '../print/moment.ts';
import { facts, printable, table } from '../print/text.ts';
import { findArtifacts } from './find.ts';

/** Shows an artifact, or the newest version of a key. */
export async function inspect(call: Call, wanted: string): Promise<undefined> {
  const { client } = await openEngine(call, 'read');
  const [artifact, ...older] = await findArtifacts(client, wanted);
  call.out.result({ ...artifact, older_versions: older.map(({ id, created }) => ({ id, created })) }, () =>
    [
      facts([
        ['Artifact', artifact.key ?? '(no key)'],
        ['Id', artifact.id],
        ['Type', artifact.type],
        ['Description', artifact.description],
        ['Flow run', artifact.flow_run_id],
        ['Task run', artifact.task_run_id],
        ['Created', dateTime(artifact.created)],
        ['Updated', dateTime(artifact.updated)],
        ['Older', older.length > 0 ? `${older.length} ${older.length === 1 ? 'version' : 'versions'}` : undefined],
      ]),
      '',
      dataText(artifact),
    ].join('\n'),
  );
}

const rows = z.array(z.record(z.string(), z.unknown())).min(1);

/** Prints an artifact's data: a table as a table, progress in per cent, text unchanged, everything else as JSON. */
function dataText({ type, data }: Artifact): string {
  const parsed = type === 'table' ? rows.safeParse(readTable(data)) : undefined;
  if (parsed?.success) {
    const columns = [...new Set(parsed.data.flatMap((row) => Object.keys(row)))];
    return table(
      columns.map(printable),
      parsed.data.map((row) => columns.map((column) => cell(row[column]))),
      '',
    );
  }
  if (type === 'progress' && typeof data === 'number') return `${data} %`;
  return typeof data === 'string' ? printable(data) : writeJson(data ?? null, 2);
}

function cell(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : writeJson(value);
}

/** Reads a table, which Prefect stores as text. @returns undefined if the text isn't JSON */
function readTable(data: unknown): unknown {
  if (typeof data !== 'string') return data;
  try {
    return readJson(data);
  } catch {
    return undefined;
  }
}
