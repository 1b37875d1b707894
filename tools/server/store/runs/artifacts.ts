import type { Database } from '../database/database.ts';
import type { ArtifactRow } from '../rows/artifact.ts';

/** @returns undefined if the artifact doesn't exist */
export function readArtifact(database: Database, id: string): ArtifactRow | undefined {
  return database.get<ArtifactRow>('SELECT * FROM artifacts WHERE id = ?', id);
}

/** @returns the newest artifact of a key; undefined if there is none */
export function readLatestArtifact(database: Database, key: string): ArtifactRow | undefined {
  return database.get<ArtifactRow>('SELECT * FROM artifacts WHERE key = ? ORDER BY created DESC LIMIT 1', key);
}
