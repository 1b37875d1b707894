import { relative, sep } from 'node:path';

import { isTributaryError, type Issue, messageOf } from '@tributary/contract/error';

import { framesOf } from './frames.ts';
import { masked } from './secret-mask.ts';

/** One sentence about anything that was thrown: its message, with the name of the error's kind where that says more. */
export function describeFailure(thrown: unknown): string {
  if (thrown === undefined) return 'undefined was thrown';
  const message = messageOf(thrown);
  if (!(thrown instanceof Error) || isTributaryError(thrown)) return masked(message);
  if (!message) return masked(thrown.name);
  return masked(thrown.name === 'Error' ? message : `${thrown.name}: ${message}`);
}

/** Where in the author's own code an error arose, as `flows/api.ts:12:9`; undefined when its stack does not say. */
export function whereThrown(thrown: unknown, cwd: string): string | undefined {
  if (!(thrown instanceof Error) || isTributaryError(thrown)) return undefined;
  const frame = framesOf(thrown.stack ?? '').find(({ of }) => of === 'author');
  if (!frame) return undefined;
  const near = relative(cwd, frame.file);
  return `${near.startsWith(`..${sep}..`) ? frame.file : near}:${frame.line}:${frame.column}`;
}

/** `baseUrl: Invalid URL; limit: …` */
export function listIssues(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
}
