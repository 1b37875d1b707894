import type { ObservedTask, RunInfo } from '@tributary/flow';

import type { SubCommand } from '../prepare/sub-command.ts';
import type { LogSink } from './event.ts';
import type { NodeResult } from './ledger.ts';

/** The flow run that a command runs in. */
export interface Surroundings {
  readonly run: Pick<RunInfo, 'flowRunId' | 'flowRunName' | 'cwd' | 'dataDir' | 'code' | 'signal'>;
  readonly log: LogSink;
  /** creates the task run of a node */
  readonly observe: (node: {
    readonly name: string;
    readonly key: string;
    readonly tags: readonly string[];
    readonly after: readonly Pick<ObservedTask, 'id'>[];
  }) => ObservedTask;
  /** stores the outcome of the nodes, whether the command completed, failed or was cancelled */
  readonly keep: (subCommand: SubCommand, nodes: readonly NodeResult[]) => Promise<void>;
}
