import { placedMessage } from '@tributary/contract/error';
import type { Finding } from '@tributary/contract/nouns/plan';

import { byPlace } from '../load/by-place.ts';
import { oneLine } from './one-line.ts';
import type { Paint } from './print-deployment.ts';

/** A finding as people read it. Integrations that share a file may have the same one. */
export interface FindingText {
  readonly severity: Finding['severity'];
  /** the place, the message, and the number of integrations if there are several */
  readonly text: string;
  /** the command that mends it; null if there is none, or if the text names it */
  readonly command: string | null;
}

/** Lists findings for people: errors first, then by place. Equal findings of several integrations become one. */
export function readFindings(findings: readonly Finding[]): FindingText[] {
  const groups = Map.groupBy(findings.toSorted(errorsFirst), (finding) => `${finding.severity} ${placedMessage(finding)}`);
  return [...groups.values()].flatMap((group) => group.slice(0, 1).map((finding) => describe(finding, group.length)));
}

function describe(finding: Finding, count: number): FindingText {
  const { severity, message, command } = finding;
  return {
    severity,
    text: oneLine(placedMessage(finding)) + (count > 1 ? ` (in ${count} integrations)` : ''),
    command: command === null || message.includes(command) ? null : oneLine(command),
  };
}

function errorsFirst(one: Finding, other: Finding): number {
  const rank = ({ severity }: Finding): number => (severity === 'error' ? 0 : 1);
  return rank(one) - rank(other) || byPlace(one, other);
}

/** Prints findings, each with the command that mends it. */
export function printFindings(findings: readonly Finding[], paint: Paint): string[] {
  return readFindings(findings).flatMap(({ severity, text, command }) => [
    `${paint(severity === 'error' ? 'red' : 'yellow', severity)}: ${text}`,
    ...(command === null ? [] : [`    → ${command}`]),
  ]);
}
