import type { FlowRunId } from '@tributary/contract';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { TaskRun } from '@tributary/contract/nouns/task-run';
import { expect } from 'vitest';

import { callCommand } from '../../../tools/cli/test-support/command.ts';
import type { Installation } from '../installation.ts';
import { eventually } from '../eventually.ts';
import { descendants } from '../process.ts';

/** Functions that read the runs of ints/jaffle_shop. */
export function shopRunsOn({ client, url, workspace, read }: Installation) {
  const children = async (id: FlowRunId): Promise<FlowRun[]> => {
    const { data } = await client.filterFlowRuns({ body: { flow_runs: { parent_flow_run_id: { any_: [id] } } } });
    return data.toSorted((one, other) => (one.created < other.created ? -1 : 1));
  };
  const taskRuns = async (id: FlowRunId): Promise<TaskRun[]> =>
    (await client.filterTaskRuns({ body: { flow_runs: { id: { any_: [id] } } } })).data;
  /** Runs a command that must succeed. @param input its standard input @returns what it printed */
  const commandWith = async (input: string, ...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await callCommand([...args, '--url', url], { cwd: workspace.root, input }).ended;
    expect([code, stderr]).toEqual([0, expect.anything()]);
    return stdout;
  };
  return {
    /** the runs that a run created, in order */
    children,
    /** how the tasks of a run ended in their last attempt, by name, without the number of the call */
    async tasks(id: FlowRunId): Promise<Record<string, string>> {
      const inOrder = (await taskRuns(id)).toSorted((one, other) => one.flow_run_run_count - other.flow_run_run_count);
      return Object.fromEntries(inOrder.map(({ name, state_type }) => [name.replace(/-\d+$/, ''), state_type ?? '']));
    },
    async log(id: FlowRunId): Promise<string> {
      const { data } = await client.filterLogs({ body: { logs: { flow_run_id: { any_: [id] } }, sort: 'TIMESTAMP_ASC' } });
      return data.map(({ message }) => message).join('\n');
    },
    /** the processes of a run: those of its host and of what the host started */
    async processes(id: FlowRunId): Promise<number[]> {
      // The worker reports the host's pid while the run has begun already.
      const host = await eventually(
        async () => Number((await read(id)).infrastructure_pid?.split(':').at(-1)),
        (pid) => pid > 0,
      );
      return [host, ...descendants(host)];
    },
    command: (...args: string[]) => commandWith('', ...args),
    commandWith,
  };
}
