import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { isTributaryError, type Issue, messageOf } from '@tributary/contract/error';

import { masked } from './secret-mask.ts';

const framework = new URL('..', import.meta.url).href;

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
  for (const line of (thrown.stack ?? '').split('\n')) {
    const match = /(?:^at |^at async |\()((?:file:\/\/)?\/[^()]+):(\d+):(\d+)\)?$/.exec(line.trim());
    const place = match?.[1];
    if (!place || place.includes('/node_modules/')) continue;
    const file = place.startsWith('file:') ? fileURLToPath(place) : place;
    if (file.startsWith(fileURLToPath(framework))) continue;
    const near = relative(cwd, file);
    return `${near.startsWith(`..${sep}..`) ? file : near}:${match[2]}:${match[3]}`;
  }
  return undefined;
}

/** `baseUrl: Invalid URL; limit: …` */
export function listIssues(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
}
