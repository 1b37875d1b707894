import { TributaryError } from '@tributary/contract/error';
import { masked } from '@tributary/flow';

import type { Ledger, NodeResult } from './ledger.ts';
import type { DbtExit } from './spawn.ts';

const mostNodes = 5;
const mostNames = 10;
const mostCharacters = 1500;

/** The nodes whose compiled SQL is stored with the flow run. */
export interface StoredSql {
  readonly flowRunId: string;
  readonly nodes: ReadonlySet<string>;
}

/** Builds the error of a failed command: each failed node with its message, where their compiled SQL is, then what was skipped. */
export function failureOf(command: string, exit: DbtExit, ledger: Ledger, stored: StoredSql): TributaryError {
  const nodes = [...ledger.nodes.values()];
  const failed = nodes.filter(({ status }) => status === 'failed');
  const skipped = nodes.filter(({ status }) => status === 'skipped');
  const unfinished = nodes.filter(({ status }) => status === 'running');
  const how = exit.signal ? `ended by ${exit.signal}` : `exit code ${exit.code ?? 'unknown'}`;
  const lines = [`dbt ${command} failed (${how})${failed.length > 0 ? `: ${failed.length} of ${nodes.length} nodes failed` : ''}`];
  for (const node of failed.slice(0, mostNodes)) lines.push(nodeFailure(node) + sqlFile(node, stored));
  if (failed.length > mostNodes) lines.push(`and ${failed.length - mostNodes} more: ${names(failed.slice(mostNodes))}`);
  if (stored.nodes.size > 0) lines.push(`compiled SQL: npx tributary flow-run inspect ${stored.flowRunId}`);
  lines.push(...ledger.failures.map(cut));
  if (unfinished.length > 0) lines.push(`unfinished: ${names(unfinished)}`);
  if (skipped.length > 0) lines.push(`skipped: ${names(skipped)}`);
  // If no node failed and dbt logged no failure, only the lines that dbt or Python printed explain what happened.
  if (failed.length === 0 && ledger.failures.length === 0) lines.push(...ledger.strays.map(cut));
  return new TributaryError('dbt', lines.join('\n'), {
    facts: { exitCode: exit.code, signal: exit.signal, failed: failed.map(({ id }) => id), skipped: skipped.map(({ id }) => id) },
  });
}

/** Describes a failed node: `model stage_x failed: <message>`. */
export function nodeFailure(node: NodeResult): string {
  return `${node.type} ${node.name} failed: ${cut(node.message || node.said)}`;
}

/** The file of the compiled SQL, if the SQL isn't stored with the run. */
function sqlFile({ id, compiledPath }: NodeResult, stored: StoredSql): string {
  return compiledPath === null || stored.nodes.has(id) ? '' : ` (compiled SQL: ${compiledPath})`;
}

/** The state message of a successful node. */
export function nodeSuccess({ said, rows, failures, type }: NodeResult): string {
  if (type === 'test' || type === 'unit_test') return said === 'warn' ? `warned: ${failures ?? 0} failures` : 'passed';
  return rows === null ? '' : `${rows} ${rows === 1 ? 'row' : 'rows'}`;
}

function names(nodes: readonly NodeResult[]): string {
  const shown = nodes.slice(0, mostNames).map(({ name }) => name);
  return nodes.length > mostNames ? `${shown.join(', ')} and ${nodes.length - mostNames} more` : shown.join(', ');
}

/** Cuts a long message. Secrets are masked before the cut, because half of a secret isn't found. */
function cut(message: string): string {
  const text = masked(message);
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters)} …` : text;
}
