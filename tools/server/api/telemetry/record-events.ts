import { flowRunId, stateId, taskRunId } from '@tributary/contract';
import type { Event } from '@tributary/contract/nouns/event';
import { labels } from '@tributary/contract/nouns/label';
import { stateDetails, stateType } from '@tributary/contract/nouns/state';
import { taskRunPolicy } from '@tributary/contract/nouns/task-run';
import { timestamp } from '@tributary/contract/time';
import { z } from 'zod';

import { insertState } from '../../store/runs/insert-state.ts';
import { type NewTaskRun, type TaskRunReported, upsertTaskRun } from '../../store/runs/insert-task-run.ts';
import type { Transaction } from '../../store/database/write.ts';

const count = z.int().min(0).max(1_000_000_000);

/** The fields that the server reads of a task run's event. Python's client sends more. */
const payload = z.object({
  validated_state: z.object({
    type: stateType,
    name: z.string(),
    message: z.string().nullish(),
    data: z.unknown().optional(),
    state_details: stateDetails.nullish(),
  }),
  task_run: z.object({
    name: z.string(),
    task_key: z.string(),
    dynamic_key: z.string(),
    cache_key: z.string().nullish(),
    task_version: z.string().nullish(),
    tags: z.array(z.string()).nullish(),
    labels: labels.nullish(),
    task_inputs: z.record(z.string(), z.array(z.unknown())).nullish(),
    empirical_policy: taskRunPolicy.nullish(),
    run_count: count.nullish(),
    flow_run_run_count: count.nullish(),
    expected_start_time: timestamp.nullish(),
    next_scheduled_start_time: timestamp.nullish(),
    start_time: timestamp.nullish(),
    end_time: timestamp.nullish(),
    total_run_time: z.number().nullish(),
  }),
});

const taskRunPrefix = 'prefect.task-run.';
const flowRunPrefix = 'prefect.flow-run.';

interface Report {
  readonly run: NewTaskRun;
  readonly record: TaskRunReported;
}

/**
 * Stores what events report about task runs, and drops other events. No rule is applied, because the client has decided the states already.
 * Each state is stored, but a run is written only once, with its latest state: a quick task starts and ends within one batch.
 * @returns a sentence for each event that can't be read: what is wrong with the event
 */
export function recordEvents(tx: Transaction, events: readonly Event[]): string[] {
  const problems: string[] = [];
  const latest = new Map<string, Report>();
  for (const event of events) {
    if (!event.event.startsWith(taskRunPrefix)) continue;
    const report = readEvent(event);
    if (typeof report === 'string') {
      problems.push(report);
      continue;
    }
    const { run, record } = report;
    if (!insertState(tx, 'task_run', run.id, record.state)) continue;
    const known = latest.get(run.id);
    if (!known || record.state.timestamp >= known.record.state.timestamp) latest.set(run.id, report);
  }
  for (const { run, record } of latest.values()) upsertTaskRun(tx, run, record);
  return problems;
}

/** @returns the event's report, or what is wrong with the event */
function readEvent(event: Event): Report | string {
  const id = taskRunId.safeParse(event.resource['prefect.resource.id']?.slice(taskRunPrefix.length));
  const read = payload.safeParse(event.payload);
  const state = stateId.safeParse(event.id);
  if (!id.success || !state.success) return `event ${event.id}: "prefect.resource.id" isn't a task run, or the event's id isn't a UUID`;
  if (!read.success) return `event ${event.id}: ${z.prettifyError(read.error)}`;
  const { validated_state, task_run: run } = read.data;
  const flowRun = event.related.find((related) => related['prefect.resource.role'] === 'flow-run')?.['prefect.resource.id'];
  const parent = flowRunId.safeParse(flowRun?.slice(flowRunPrefix.length)).data ?? validated_state.state_details?.flow_run_id ?? null;
  const { type, name, message, data } = validated_state;
  return {
    run: { ...run, id: id.data, flow_run_id: parent },
    record: {
      state: {
        id: state.data,
        type,
        name,
        message,
        data,
        timestamp: event.occurred,
        state_details: { ...validated_state.state_details, flow_run_id: parent, task_run_id: id.data },
      },
      run_count: run.run_count ?? 0,
      flow_run_run_count: run.flow_run_run_count ?? 0,
      expected_start_time: run.expected_start_time ?? null,
      next_scheduled_start_time: run.next_scheduled_start_time ?? null,
      start_time: run.start_time ?? null,
      end_time: run.end_time ?? null,
      total_run_time: run.total_run_time ?? 0,
    },
  };
}
