import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

const node = z.object({ depends_on: z.object({ nodes: z.array(z.string()).default([]) }).optional() });
const manifest = z.object({ nodes: z.record(z.string(), node) });

/** For each node's id, the ids of the nodes that it reads directly. */
export type Parents = ReadonlyMap<string, readonly string[]>;

/** Reads the edges between nodes. @returns an empty map if the manifest is missing or unreadable; the run is then shown without edges */
export function readParents(targetPath: string): Parents {
  try {
    const { nodes } = manifest.parse(JSON.parse(readFileSync(join(targetPath, 'manifest.json'), 'utf8')));
    return new Map(Object.entries(nodes).map(([id, { depends_on }]) => [id, depends_on?.nodes ?? []]));
  } catch {
    return new Map();
  }
}

/**
 * Finds the failed nodes that kept a node from running: those above it, and failed tests of any node above it.
 * @returns their ids
 */
export function causesOf(skipped: string, failed: readonly string[], parents: Parents): string[] {
  const above = new Set<string>();
  const queue = [skipped];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const parent of parents.get(next) ?? []) {
      if (above.has(parent)) continue;
      above.add(parent);
      queue.push(parent);
    }
  }
  return failed.filter(
    (id) => above.has(id) || (/^(unit_)?test\./.test(id) && (parents.get(id) ?? []).some((parent) => above.has(parent))),
  );
}
