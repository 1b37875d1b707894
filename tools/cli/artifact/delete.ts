import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { findArtifacts } from './find.ts';

/** Deletes an artifact, or all versions of a key. */
export async function remove(call: Call, wanted: string): Promise<undefined> {
  const { client } = await openEngine(call, 'write');
  const artifacts = await findArtifacts(client, wanted);
  for (const { id } of artifacts) await client.deleteArtifact({ path: { id } });
  const [{ key }] = artifacts;
  call.out.result({ ids: artifacts.map(({ id }) => id), key: key ?? null, deleted: true }, () =>
    artifacts.length === 1 ? `Deleted artifact ${wanted}.` : `Deleted the ${artifacts.length} versions of artifact ${wanted}.`,
  );
}
