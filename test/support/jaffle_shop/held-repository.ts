import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Remote } from '../remote.ts';

/** A copy of the shop's repository, whose requests the test can keep waiting. */
export interface HeldRepository {
  readonly url: string;
  /** keeps requests waiting from now on @returns the function that answers them */
  hold(): () => void;
  /** the requests that wait */
  waiting(): unknown[];
}

/** @returns the function that makes a copy of a name */
export function holdRepositories({ server, folder, url }: Remote): (name: string) => HeldRepository {
  /** The requests that wait, by the path of their repository, if it is held. */
  const held = new Map<string, Set<() => void>>();
  server.setFault(({ path }, response, serve) => {
    const waiting = held.get(path.slice(0, path.indexOf('.git') + '.git'.length));
    if (!waiting) return serve();
    waiting.add(serve);
    response.once('close', () => waiting.delete(serve));
  });
  return (name) => {
    cpSync(folder, join(dirname(folder), `${name}.git`), { recursive: true });
    const own = new URL(`${name}.git`, url);
    return {
      url: own.href,
      hold() {
        held.set(own.pathname, new Set());
        return () => {
          const waiting = held.get(own.pathname) ?? [];
          held.delete(own.pathname);
          for (const serve of waiting) serve();
        };
      },
      waiting: () => [...(held.get(own.pathname) ?? [])],
    };
  };
}
