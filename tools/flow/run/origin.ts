import { dirname, join, relative, sep } from 'node:path';

import { seekRoot } from '../engine/find-root.ts';
import { type Frame, framesOf } from './frames.ts';

// An import statement would evaluate all exports of node:fs, including streams and promises, which takes 4 ms.
const { existsSync } = process.getBuiltinModule('node:fs');

/** The place in the author's code that created a flow or a cached task. Recording the stack takes 4 µs. The stack is parsed on first use. */
export class Origin {
  readonly #trace: { stack?: string } = {};
  #frames: readonly Frame[] | undefined;
  #integration: string | null | undefined;

  /** @param maker the framework's function that the author called, such as `flow`; the recorded stack begins with its caller */
  constructor(maker: (...args: never) => unknown) {
    Error.captureStackTrace(this.#trace, maker);
  }

  /** The innermost frames. They end before the first frame that belongs to the framework or was waiting for a promise. */
  get #led(): readonly Frame[] {
    if (this.#frames) return this.#frames;
    const frames = framesOf(this.#trace.stack ?? '');
    const end = frames.findIndex(({ isAsync, of }) => isAsync || of === 'framework');
    return (this.#frames = end < 0 ? frames : frames.slice(0, end));
  }

  /** The author's frames, the innermost first: a line of a module, or a line of a factory and the lines that called the factory. */
  get calls(): readonly Frame[] {
    return this.#led.filter(({ of }) => of === 'author');
  }

  /** whether the flow or task was created while its module was loaded; always false in Vitest, whose stacks don't show loading */
  get isOfModule(): boolean {
    return this.#led.some(({ file }) => file.startsWith('node:internal/modules/'));
  }

  /** The files of the author's frames, as paths below the workspace's root. */
  get files(): readonly string[] {
    return [...new Set(this.calls.map(({ file }) => below(file)))];
  }

  /** The integration of the flow or task: the nearest folder with a `deployments.ts`, below the workspace's root. Null if there is none. */
  get integration(): string | null {
    if (this.#integration !== undefined) return this.#integration;
    const found = this.calls.toReversed().map(({ file }) => seekIntegration(dirname(file)));
    return (this.#integration = found.find((folder) => folder !== null) ?? null);
  }
}

/**
 * Finds the integration of a run without a worker: the integration of the run's code, or else of the working directory.
 * @param origin the origin of the run's flow, or of a task that is called outside a flow
 * @returns a path below the workspace's root, such as `ints/shop`; outside of integrations, the file that created the flow or task
 */
export function integrationOf(origin: Origin | null, cwd: string): string {
  return origin?.integration ?? seekIntegration(cwd) ?? below(origin?.calls.at(-1)?.file ?? cwd);
}

/** @returns two places such as `flows/shop.ts:3`, with as many callers of a factory as are needed to tell the places apart */
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

/** @returns a path such as `ints/shop/flows/api.ts`, which is the same in each clone; an absolute path outside of workspaces */
function below(path: string): string {
  const root = seekRoot(path);
  return root === undefined ? path : relative(root, path).split(sep).join('/');
}
