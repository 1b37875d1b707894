import { messageOf } from '@tributary/contract/error';
import { logger, tableArtifact } from '@tributary/flow';

import type { SubCommand } from '../prepare/sub-command.ts';
import type { NodeResult } from './ledger.ts';

/** Stores a table of the nodes as the run's artifact `dbt-<sub-command>`. */
export async function keepNodes(subCommand: SubCommand, nodes: readonly NodeResult[]): Promise<void> {
  if (nodes.length === 0) return;
  // Names of tests are long, so they stand after the short columns.
  const table = nodes.map(({ type, name, said, rows, seconds, message, status }) => ({
    status: said,
    rows,
    seconds: Number(seconds.toFixed(2)),
    node: `${type} ${name}`,
    message: status === 'failed' ? message : '',
  }));
  try {
    await tableArtifact({ key: `dbt-${subCommand.replace(' ', '-')}`, description: `dbt ${subCommand}, node by node`, table });
  } catch (error) {
    // A missing table doesn't fail the run, and a cancelled run can't store one.
    logger.debug(`The table of nodes was not stored: ${messageOf(error)}`);
  }
}
