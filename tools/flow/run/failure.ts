import { relative, sep } from 'node:path';

import { isTributaryError, type Issue, messageOf } from '@tributary/contract/error';

import { framesOf } from './frames.ts';
import { masked } from './secret-mask.ts';

/** @returns a text that describes a thrown value: its message, and the name of its class unless that is plain `Error` */
export function describeFailure(thrown: unknown): string {
  if (thrown === undefined) return 'undefined was thrown';
  const message = messageOf(thrown);
  if (!(thrown instanceof Error) || isTributaryError(thrown)) return masked(message);
  if (!message) return masked(thrown.name);
  return masked(thrown.name === 'Error' ? message : `${thrown.name}: ${message}`);
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
