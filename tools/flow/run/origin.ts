import { dirname, join, relative, sep } from 'node:path';

import { seekRoot } from '../engine/find-root.ts';
import { type Frame, framesOf } from './frames.ts';

// An import would evaluate every export of it, streams and promises too: 4 ms.
const { existsSync } = process.getBuiltinModule('node:fs');

/** Where in the author's code a flow or a cached task was made. Noting it takes 4 µs; it is read when it is asked for. */
export class Origin {
  readonly #trace: { stack?: string } = {};
  #frames: readonly Frame[] | undefined;
  #integration: string | null | undefined;

  /** @param maker what the author called, which is on the stack */
  constructor(maker: (...args: never) => unknown) {
    Error.captureStackTrace(this.#trace, maker);
  }

  /** Up to where the framework called the author's code, or a wait ended. */
  get #led(): readonly Frame[] {
    if (this.#frames) return this.#frames;
    const frames = framesOf(this.#trace.stack ?? '');
    const end = frames.findIndex(({ isAsync, of }) => isAsync || of === 'framework');
    return (this.#frames = end < 0 ? frames : frames.slice(0, end));
  }

  /** The author's calls that led here, innermost first: a module's own line, or a factory's and those of its callers. */
  get calls(): readonly Frame[] {
    return this.#led.filter(({ of }) => of === 'author');
  }

  /** whether a module made it while it was loaded; Vitest loads modules in a way that does not show this */
  get isOfModule(): boolean {
    return this.#led.some(({ file }) => file.startsWith('node:internal/modules/'));
  }

  /** The files of these calls, below the workspace's root. */
  get files(): readonly string[] {
    return [...new Set(this.calls.map(({ file }) => below(file)))];
  }

  /** The integration that it was made for: the folder of the nearest `deployments.ts`, below the workspace's root; null in none. */
  get integration(): string | null {
    if (this.#integration !== undefined) return this.#integration;
    const found = this.calls.toReversed().map(({ file }) => seekIntegration(dirname(file)));
    return (this.#integration = found.find((folder) => folder !== null) ?? null);
  }
}

/**
 * Which integration a run without a worker is of, as a path below the workspace's root.
 * @param origin of its flow, or of the task that is called without one
 * @returns `ints/shop`, by the code or else by the working directory; outside of integrations the file that made it counts as one
 */
export function integrationOf(origin: Origin | null, cwd: string): string {
  return origin?.integration ?? seekIntegration(cwd) ?? below(origin?.calls.at(-1)?.file ?? cwd);
}

/** Two places as `flows/shop.ts:3`, with the callers of a factory as far as they tell the two apart. */
export function tellApart(one: Origin, other: Origin): readonly [string, string] {
  const from = one.calls.findIndex(({ file, line }, nth) => other.calls[nth]?.file !== file || other.calls[nth]?.line !== line);
  return [describe(one, from), describe(other, from)];
}

function describe({ calls }: Origin, last: number): string {
  const [place, ...callers] = calls.slice(0, Math.max(0, last) + 1).map(({ file, line }) => `${below(file)}:${line}`);
  if (place === undefined) return 'an unknown place';
  return callers.length > 0 ? `${place} (called at ${callers.join(', ')})` : place;
}

function seekIntegration(within: string): string | null {
  for (let folder = within; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'deployments.ts'))) return below(folder);
    if (existsSync(join(folder, 'nx.json')) || folder === dirname(folder)) return null;
  }
}

/** `ints/shop/flows/api.ts`: the same in each clone. An absolute path where there is no workspace. */
function below(path: string): string {
  const root = seekRoot(path);
  return root === undefined ? path : relative(root, path).split(sep).join('/');
}
