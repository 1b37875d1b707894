import type { Finding } from '@tributary/contract/nouns/plan';

/** A finding in a file that several integrations may reach. */
export type SharedFinding = Omit<Finding, 'integration'>;

/** A call that names a deployment by a literal, such as `runDeployment('dbt/build')`. */
export interface Call {
  readonly name: string;
  /** relative to the workspace */
  readonly file: string;
  readonly line: number;
}

/** A part of the code of deployments: a file, a package, or a group of these. */
export interface Part {
  /** a file relative to the workspace, or `name@version`; null for a group */
  readonly name: string | null;
  /** git's id of the file's content, or the package's integrity; empty for a group */
  readonly hash: string;
  /** whether it is a package, whose files workers get together with the packages that it needs @default false */
  readonly isPackage?: boolean;
  /** what it loads, or what it consists of */
  readonly next: readonly Part[];
  readonly findings: readonly SharedFinding[];
  /** the deployments that it calls by their names @default none */
  readonly calls?: readonly Call[];
}

/** A part that was reached from deployments.ts, or without an import. */
export interface ReachedPart {
  /** git's id of the file's content, or the package's integrity */
  readonly hash: string;
  /** the names of the parts from deployments.ts to this one, each of which imports the next; only this one if no import leads to it */
  readonly way: readonly string[];
}

/** Lists the parts that a part leads to, by name, each with the shortest way to it. */
export function listParts(root: Part): Map<string, ReachedPart> {
  const parts = new Map<string, ReachedPart>();
  const seen = new Set<Part>();
  // deployments.ts comes first. So an imported file gets the way of its import, even if it would count without an import too.
  for (const first of root.next) {
    const steps: Step[] = [{ part: first, before: undefined }];
    for (const step of steps) {
      const { part } = step;
      if (seen.has(part)) continue;
      seen.add(part);
      if (part.name !== null && !parts.has(part.name)) parts.set(part.name, reached(step));
      for (const next of part.next) steps.push({ part: next, before: step });
    }
  }
  return parts;
}

/** Lists the files that a part leads to, without those of packages. */
export function listFiles(root: Part): Set<string> {
  return new Set(ownParts(root).flatMap(({ name }) => name ?? []));
}

/** Lists the calls in the files that a part leads to, without those of packages. */
export function listCalls(root: Part): Call[] {
  return ownParts(root).flatMap(({ calls = [] }) => calls);
}

function ownParts(root: Part): Part[] {
  const seen = new Set<Part>([root]);
  for (const part of seen) for (const next of part.next) if (!next.isPackage) seen.add(next);
  return [...seen];
}

interface Step {
  readonly part: Part;
  readonly before: Step | undefined;
}

function reached(last: Step): ReachedPart {
  return {
    hash: last.part.hash,
    get way() {
      const way: string[] = [];
      for (let step: Step | undefined = last; step; step = step.before) if (step.part.name !== null) way.push(step.part.name);
      return way.toReversed();
    },
  };
}
