import { newId } from '@tributary/contract/id';
import { readJson } from '@tributary/contract/json';

import type { ArtifactId } from '../run/engine-port.ts';
import { withArtifactPort } from '../run/local/current-ports.ts';

/**
 * Runs the body, and collects the artifacts that flows and tasks in it store without a server.
 * @param artifacts gets the latest version of each artifact by its key: the text of a page, the rows of a table, the percentage of a progress
 * @returns what the body returned
 * @example
 * const artifacts = new Map<string, unknown>();
 * await withArtifacts(artifacts, () => report({ day: '2026-01-02' }));
 * expect(artifacts.get('summary')).toContain('Loaded **99** rows.');
 */
export async function withArtifacts<Result>(artifacts: Map<string, unknown>, body: () => Result | Promise<Result>): Promise<Result> {
  const keys = new Map<ArtifactId, string>();
  const port = {
    artifact({ key, type, data }: { readonly key?: string | null; readonly type?: string | null; readonly data?: unknown }) {
      const id = newId();
      if (key) {
        keys.set(id, key);
        artifacts.set(key, type === 'table' && typeof data === 'string' ? readJson(data) : data);
      }
      return Promise.resolve(id);
    },
    updateArtifact(id: ArtifactId, { data }: { readonly data?: unknown }) {
      const key = keys.get(id);
      if (key) artifacts.set(key, data);
      return Promise.resolve();
    },
  };
  return withArtifactPort(port, body);
}
