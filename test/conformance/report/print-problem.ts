import { writeJson } from '@tributary/contract/json';

import type { Check } from '../check.ts';
import type { Exchange } from '../talk/send-request.ts';

/** Prints a failed check for people: the request, both servers' answers, and where the answers differ. */
export function printProblem({ topic, step, problem }: Check): string {
  const { text, differences = [], ours, theirs } = problem ?? {};
  const request = ours ?? theirs;
  return [
    `✗ ${topic} / ${step}`,
    ...(request ? [`    ${request.method} ${shorten(request.path, 160)} ${shorten(request.text ?? '', 300)}`] : []),
    ...(text ? [`    ${text}`] : []),
    ...differences
      .slice(0, 8)
      .map((difference) => `    ${difference.path}: our server ${show(difference.ours)}, Prefect's server ${show(difference.theirs)}`),
    ...(differences.length > 8 ? [`    … and ${differences.length - 8} more differences`] : []),
    ...(ours ? [`    our server       ${answer(ours)}`] : []),
    ...(theirs ? [`    Prefect's server ${answer(theirs)}`] : []),
  ].join('\n');
}

function answer({ status, answer: body }: Exchange): string {
  return `${status} ${body === undefined ? '' : shorten(writeJson(body), 500)}`;
}

function show(value: unknown): string {
  return value === undefined ? 'missing' : shorten(writeJson(value), 200);
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
