import { z } from 'zod';

/** Labels by name. Filters compare their values as text. An integer may be larger than a JavaScript number can hold. */
export const labels = z.record(z.string(), z.union([z.boolean(), z.number(), z.bigint(), z.string()]));
export type Labels = z.output<typeof labels>;

/** Labels that Tributary itself writes. */
export const labelNames = {
  /** the worker that claimed the run */
  worker: 'tributary.worker',
  /** the process of that worker, by its boot id */
  boot: 'tributary.boot',
  /** the workspace that owns a deployment: the id in its nx.json */
  workspace: 'tributary.workspace',
  /** the project of that workspace that owns a deployment */
  project: 'tributary.project',
  /** fingerprints of the values that the last deploy applied. Our server doesn't pass this label on to runs */
  applied: 'tributary.applied',
  /** the file whose `.apply()` wrote a deployment last, if it isn't the deployments.ts of an integration */
  script: 'tributary.script',
  /** true for a deployment that no deploy may delete */
  protect: 'tributary.protect',
  /** the commit that a deployment was applied from */
  commit: 'tributary.commit',
  /** the name of a deployment's flow, because a server's answer has only the flow's id */
  flow: 'tributary.flow',
  /** the hash of a deployment's code: of its closure of imports */
  closure: 'tributary.closure',
  /** the repository, the commit and the tree of the code that a run executes, as in `RunCode` */
  codeRepository: 'tributary.code.repository',
  codeCommit: 'tributary.code.commit',
  codeTree: 'tributary.code.tree',
  /** what happens to a child run when its parent ends: one of {@link onParentEnd} */
  onParentEnd: 'tributary.on-parent-end',
} as const;

/** Leaves out the labels that the server itself writes, and that a request needn't repeat. */
export function withoutServerLabels(given: Labels): Labels {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !name.startsWith('prefect.')));
}

/** `cancel`: the child is cancelled when its parent fails for good; `leave`: the child continues when its parent is cancelled. */
export const onParentEnd = ['cancel', 'leave'] as const;
export type OnParentEnd = (typeof onParentEnd)[number];

/** Whether a child run with the given labels is cancelled when its parent fails and isn't retried. */
export function isCancelledByFailure(given: Labels | null | undefined): boolean {
  return given?.[labelNames.onParentEnd] === 'cancel';
}
