import type { ObservedTask } from '@tributary/flow';

import type { Parents } from '../read/manifest.ts';
import { causesOf } from '../read/manifest.ts';
import type { DbtEvent, DbtNode } from './event.ts';
import { nodeFailure, nodeSuccess } from './failure.ts';
import type { MutableLedger, NodeResult } from './ledger.ts';
import type { Surroundings } from './surroundings.ts';

/** Finds the task run of a node by the node's id. */
export type TaskOf = (id: string) => ObservedTask | undefined;

export interface Reporter {
  add(event: DbtEvent): void;
  readonly taskOf: TaskOf;
  /** Ends the task runs of nodes that dbt left unfinished. */
  end(how: 'cancelled' | 'ended'): void;
}

/**
 * Reports a dbt run as it happens: a task run for each node, with the manifest's edges, and a log line for each of dbt's lines.
 * @param readParents reads the project's graph; called once at the first node, when dbt has written its manifest
 * @param isCancelled whether dbt is being stopped; errors of interrupted nodes then don't count as failures
 */
export function createReporter(
  ledger: MutableLedger,
  { log, observe }: Pick<Surroundings, 'log' | 'observe'>,
  readParents: () => Parents,
  isCancelled: () => boolean,
): Reporter {
  const tasks = new Map<string, ObservedTask>();
  const running = new Set<string>();
  let parents: Parents | undefined;

  const createOnce = (node: DbtNode): ObservedTask => {
    const known = tasks.get(node.id);
    if (known) return known;
    parents ??= readParents();
    const after = (parents.get(node.id) ?? []).flatMap((parent) => tasks.get(parent) ?? []);
    const task = observe({ name: `${node.type} ${node.name}`, key: node.id, tags: ['dbt', node.type], after });
    tasks.set(node.id, task);
    return task;
  };

  const finish = (event: DbtEvent & { kind: 'finished' }, result: NodeResult) => {
    const task = createOnce(event.node);
    running.delete(event.node.id);
    if (event.status === 'skipped') task.skipped(because(event.node.id), event.at);
    else if (event.status !== 'failed') task.completed({ message: nodeSuccess(result), at: event.at });
    else if (isCancelled()) task.cancelled('dbt was stopped', event.at);
    else task.failed(nodeFailure(result), event.at);
  };

  const because = (skipped: string): string => {
    const failed = [...ledger.nodes.values()].filter(({ status }) => status === 'failed').map(({ id }) => id);
    const names = causesOf(skipped, failed, parents ?? new Map()).flatMap((id) => ledger.nodes.get(id)?.name ?? []);
    return names.length > 0 ? `because ${names.join(', ')} failed` : 'by dbt';
  };

  return {
    taskOf: (id) => tasks.get(id),
    add(event) {
      ledger.add(event);
      if (event.kind === 'started' && !running.has(event.node.id)) {
        running.add(event.node.id);
        createOnce(event.node).running(event.at);
      } else if (event.kind === 'finished') {
        const result = ledger.nodes.get(event.node.id);
        if (result) finish(event, result);
      } else if (event.kind === 'log') {
        const task = event.nodeId !== null && running.has(event.nodeId) ? tasks.get(event.nodeId) : undefined;
        if (task) task.log(event.level, event.message);
        else log(event.level, event.message);
      } else if (event.kind === 'failed' && !isCancelled()) log('error', event.message);
      else if (event.kind === 'output') log('info', event.text);
    },
    end(how) {
      for (const id of running) {
        if (how === 'cancelled') tasks.get(id)?.cancelled('dbt was stopped');
        else tasks.get(id)?.failed('dbt ended before this node finished');
      }
      running.clear();
    },
  };
}
