import { writeJson } from '@tributary/contract/json';
import type { Timestamp } from '@tributary/contract/moment';
import { checkoutsOf, nameOfCheckout } from '@tributary/contract/nouns/checkout';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { TreeFlowRun } from '@tributary/contract/nouns/flow-run-tree';

import { dateTime } from '../../print/moment.ts';
import type { Paint } from '../../print/paint.ts';
import { facts, table } from '../../print/text.ts';
import { firstLine, stateText, tookOf } from '../../watch/line.ts';
import { codeText } from './code.ts';
import { describeFailure, describeRerun } from './describe-failure.ts';
import type { RunFacts } from './read-facts.ts';
import type { Cancel } from './read-cancel.ts';
import { nameOf, statesOf, took } from './row.ts';

/** The most characters of a result that are shown. */
const longestResult = 300;

/** Describes a run: its facts, children and tasks, what failed and why, and what to rerun. */
export function describeRun(known: RunFacts, now: Timestamp, paint: Paint): string {
  const { children, tasks, failure, rerun } = known;
  return [
    ownFacts(known, now, paint),
    ...(children.length > 0 ? [childTable(children, now)] : []),
    table(
      ['TASK', 'STATE', 'TOOK', 'MESSAGE'],
      tasks.map((task) => [nameOf(task), statesOf(task), took(task, now), task.kind === 'task-run' ? firstLine(task.message ?? '') : '']),
      'The flow run has no task runs.',
    ),
    ...(failure
      ? [describeFailure({ failure: failure.found, why: failure.why, rerun }, paint)]
      : rerun
        ? [describeRerun(rerun, paint)]
        : []),
  ].join('\n\n');
}

function ownFacts(known: RunFacts, now: Timestamp, paint: Paint): string {
  const { run, flow, parent, cancel } = known;
  return facts([
    ['Flow run', `${flow}/${run.name}`],
    ['Id', run.id],
    ['Deployment', known.deployment],
    ['Parent', parent && `${parent.flow}/${parent.run.name}  ${parent.run.state_name ?? ''}  ${parent.run.id}`],
    ['State', run.state ? stateText(paint, { type: run.state.type, name: run.state.name }) : '-'],
    ['Message', isExplained(known) ? null : run.state?.message],
    ['Cancelled', cancel && cancelText(cancel, run)],
    ['Waits for', known.waits.join('\n')],
    ['Result', resultText(known.result)],
    ['Resume it', known.resume],
    ['Due', dateTime(run.expected_start_time)],
    ['Started', dateTime(run.start_time)],
    ['Ended', dateTime(run.end_time)],
    ['Took', tookOf(run, now)],
    ['Attempts', String(run.run_count)],
    ['Parameters', writeJson(run.parameters)],
    ['Tags', run.tags.join(', ')],
    ['Pool and queue', [run.work_pool_name, run.work_queue_name].filter(Boolean).join(' / ')],
    ['Code', known.code && codeText(known.code)],
    ['Checkouts', checkoutsOf(run.labels).map(nameOfCheckout).join('\n')],
    ['Worker', known.worker],
    ['Created by', run.created_by?.display_value ?? run.created_by?.type],
  ]);
}

/** Whether the failure below the facts says it all: the message of a parent repeats those of its children. */
function isExplained({ run, failure }: RunFacts): boolean {
  const began = failure?.found.chain.at(-1);
  return began?.id !== run.id && Boolean(began?.message && run.state?.message?.includes(began.message));
}

function cancelText({ at, message, run: cancelled }: Cancel, { id }: FlowRun): string {
  return `${dateTime(at)}  ${message ?? 'no reason was stored'}${cancelled.id === id ? '' : ` (with ${cancelled.name})`}`;
}

function resultText(result: unknown): string | null {
  if (result === null) return null;
  const text = writeJson(result);
  return text.length > longestResult ? `${text.slice(0, longestResult)} … (--json prints all)` : text;
}

function childTable(children: readonly TreeFlowRun[], now: Timestamp): string {
  return table(
    ['CHILD RUN', 'DEPLOYMENT', 'STATE', 'TOOK', 'ID'],
    children.map((child) => [
      nameOf(child),
      child.deployment_name ? `${child.flow_name}/${child.deployment_name}` : '-',
      statesOf(child),
      took(child, now),
      child.id,
    ]),
    '',
  );
}
