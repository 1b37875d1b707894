import { pieces } from '@tributary/contract/client/pages';
import type { FlowRunId } from '@tributary/contract/id';
import type { State, StateType } from '@tributary/contract/nouns/state';
import type { TaskRun } from '@tributary/contract/nouns/task-run';

import type { ApiClient } from '../engine/open.ts';
import type { Watched, WatchEvent } from './event.ts';

const ended: StateType[] = ['COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED'];
const begun: StateType[] = ['RUNNING', 'SCHEDULED', 'PAUSED'];
const pageSize = 50;

/**
 * Makes a function that finds the tasks of the watched runs that have begun or ended since its last call. Each call reads only the newest
 * tasks, so it takes no longer for ten thousand tasks than for ten. The task runs that stand for child runs are left out, because child
 * runs are shown as runs.
 */
export function followTasks(client: ApiClient): (watched: readonly Watched[]) => Promise<WatchEvent[]> {
  const seen = new Set<string>();
  const news = (tasks: readonly TaskRun[], labels: ReadonlyMap<FlowRunId, string>): WatchEvent[] =>
    tasks.flatMap((task): WatchEvent[] => {
      const label = task.flow_run_id ? labels.get(task.flow_run_id) : undefined;
      const { state } = task;
      if (!state || !label || seen.has(state.id)) return [];
      seen.add(state.id);
      return isNoStart(state) ? [] : [{ kind: 'task', at: state.timestamp, label, task, state }];
    });
  const read = async (ids: FlowRunId[], any_: StateType[], sort: 'END_TIME_DESC' | 'EXPECTED_START_TIME_DESC', offset: number) => {
    const task_runs = { flow_run_id: { any_: ids }, state: { type: { any_ } }, subflow_runs: { exists_: false } };
    const { data } = await client.filterTaskRuns({ body: { task_runs, sort, limit: pageSize, offset } });
    return data;
  };
  return async (watched) => {
    const events: WatchEvent[] = [];
    for (const some of pieces(watched)) {
      const ids = some.map(({ run }) => run.id);
      const labels = new Map(some.map(({ run, label }) => [run.id, label]));
      for (let offset = 0; ; offset += pageSize) {
        const tasks = await read(ids, ended, 'END_TIME_DESC', offset);
        const before = seen.size;
        events.push(...news(tasks, labels));
        if (tasks.length < pageSize || seen.size === before) break;
      }
      // Ended tasks are read first, unfinished ones last. So a task that ends between the two reads gets no line for its start.
      events.push(...news(await read(ids, begun, 'EXPECTED_START_TIME_DESC', 0), labels));
    }
    return events;
  };
}

/** Whether a task has been created, but not started. */
function isNoStart(state: State): boolean {
  return state.type === 'SCHEDULED' && state.name === 'Scheduled';
}
