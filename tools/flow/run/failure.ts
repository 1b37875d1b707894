import { relative, sep } from 'node:path';

import { isTributaryError, type Issue, messageOf } from '@tributary/contract/error';

import type { FlowAttempt } from './flow-attempt.ts';
import { framesOf } from './frames.ts';
import { masked } from './secret-mask.ts';

/** @returns a text that describes a thrown value: its message, and the name of its class unless that is plain `Error` */
export function describeFailure(thrown: unknown): string {
  if (thrown === undefined) return 'undefined was thrown';
  const message = isFailedFetch(thrown) ? `${thrown.message}: ${reasonOf(thrown.cause)}` : messageOf(thrown);
  if (!(thrown instanceof Error) || isTributaryError(thrown)) return masked(message);
  if (!message) return masked(thrown.name);
  return masked(thrown.name === 'Error' ? message : `${thrown.name}: ${message}`);
}

/** `fetch` only says that it failed. The reason, with the host, is its cause. */
function isFailedFetch(thrown: unknown): thrown is TypeError & { readonly cause: Error } {
  return thrown instanceof TypeError && thrown.message === 'fetch failed' && thrown.cause instanceof Error;
}

/** An error that has tried several addresses has a code, but no message. */
function reasonOf(cause: Error): string {
  return cause.message || ('code' in cause ? String(cause.code) : cause.name);
}

/**
 * Records that a task run or a child flow in this process has failed because of an error, for the messages of the flow. Of tasks that call
 * each other, only the innermost is named.
 * @param what the quoted name and its noun, such as `Task "load-0"`
 * @param message the message of that run's state
 */
export function blame(
  attempt: FlowAttempt,
  error: unknown,
  what: `Task "${string}"` | `Flow run "${string}" (${string})`,
  message: string,
): void {
  if (typeof error !== 'object' || error === null) return;
  const known = attempt.chains.get(error);
  const isTask = what.startsWith('Task ');
  if (isTask && known?.startsWith('Task ')) return;
  const reason = known && isTask ? known : message;
  // A timeout's message begins with the name of the task or flow run.
  const name = what.replace(/ \([^)]*\)$/, '');
  attempt.chains.set(error, masked(reason.startsWith(`${name} `) ? reason : `${what} failed: ${reason}`));
}

/** @returns the child flows and the task run that failed because of the error, and then the error's message */
export function describeChain(attempt: FlowAttempt, error: unknown): string {
  const known = typeof error === 'object' && error !== null ? attempt.chains.get(error) : undefined;
  return known ?? describeFailure(error);
}

/** @returns the place in the author's code that threw, such as `flows/api.ts:12:9`; undefined if the stack doesn't show one */
export function whereThrown(thrown: unknown, cwd: string): string | undefined {
  if (!(thrown instanceof Error) || isTributaryError(thrown)) return undefined;
  const frame = framesOf(thrown.stack ?? '').find(({ of }) => of === 'author');
  if (!frame) return undefined;
  const near = relative(cwd, frame.file);
  return `${near.startsWith(`..${sep}..`) ? frame.file : near}:${frame.line}:${frame.column}`;
}

/** @returns all issues in one text, such as `baseUrl: Invalid URL; limit: …` */
export function listIssues(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
}
