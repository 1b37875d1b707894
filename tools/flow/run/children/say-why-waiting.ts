import type { FlowRunId } from '@tributary/contract/id';
import { isWaiting, type Waiting, waitText } from '@tributary/contract/nouns/waiting';

import type { RunContext } from '../context.ts';
import type { DeploymentPort } from '../engine-port.ts';
import type { FlowAttempt } from '../flow-attempt.ts';
import { logLine, writeLog } from '../log.ts';
import type { DeploymentRun } from './deployment-call.ts';

/** Seconds between one look at a child and the next. The last number is repeated. */
const looksAfter = [2, 5, 10, 20, 30] as const;
/** How long the first look waits for other children of the same call, in seconds. */
const gatherSeconds = 0.25;
/** Children whose looks are at most this many seconds apart share a request. */
const togetherSeconds = 0.5;
/** How many children a line names. */
const mostNamed = 5;

/** A child that a parent waits for, and that has not begun to run. */
interface Child {
  readonly run: Pick<DeploymentRun, 'id' | 'name'>;
  looks: number;
  /** when the next look is due, in milliseconds of performance.now() */
  at: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  said: Waiting['code'] | null;
}

/** The waiting children of each attempt. They share requests and log lines, because an attempt may wait for hundreds. */
const byAttempt = new WeakMap<FlowAttempt, Set<Child>>();

type Ask = NonNullable<DeploymentPort['whyWaiting']>;

/**
 * Logs why a child has not begun to run: at the second look, and again when the reason changes. If parents hold the slots for which the
 * child waits, the first look says so, and the child's log says it too.
 * @returns a function to call when the parent no longer waits
 */
export function sayWhyWaiting(run: Child['run'], ask: Ask, context: RunContext): () => void {
  const children = byAttempt.get(context.attempt) ?? new Set();
  byAttempt.set(context.attempt, children);
  const child: Child = { run, looks: 0, at: performance.now(), timer: undefined, said: null };
  children.add(child);
  lookLater(child, gatherSeconds, () => look(children, ask, context));
  return () => {
    clearTimeout(child.timer);
    children.delete(child);
  };
}

function lookLater(child: Child, seconds: number, act: () => Promise<void>): void {
  child.at = performance.now() + seconds * 1000;
  child.timer = setTimeout(() => void act(), seconds * 1000);
}

/** Asks for all children whose look is due, logs what is new, and plans their next looks. */
async function look(children: Set<Child>, ask: Ask, context: RunContext): Promise<void> {
  const now = performance.now();
  const due = [...children].filter(({ at }) => at <= now + togetherSeconds * 1000);
  for (const child of due) {
    clearTimeout(child.timer);
    child.at = Infinity;
  }
  // A failed request doesn't fail the run: the next look asks again.
  const answers = due.length === 0 ? [] : await ask(due.map(({ run }) => run.id)).catch(() => []);
  const byId = new Map<FlowRunId, Waiting>(answers.map((answer) => [answer.id, answer]));
  const news: { readonly child: Child; readonly answer: Waiting }[] = [];
  for (const child of due.filter((one) => children.has(one))) {
    const answer = byId.get(child.run.id);
    if (answer && hasBegun(answer)) {
      children.delete(child);
      continue;
    }
    if (answer && answer.code !== child.said && (child.looks > 0 || answer.code === 'held-by-waiting-parents')) {
      child.said = answer.code;
      news.push({ child, answer });
    }
    lookLater(child, looksAfter[Math.min(child.looks, looksAfter.length - 1)] ?? 30, () => look(children, ask, context));
    child.looks += 1;
  }
  say(news, context);
}

function hasBegun(answer: Waiting): boolean {
  return !isWaiting(answer) || answer.code === 'concurrency-limit';
}

/** Writes a line for each reason, in the parent's log. A child that waits for its own parents gets a line in its log. */
function say(news: readonly { readonly child: Child; readonly answer: Waiting }[], context: RunContext): void {
  for (const group of Map.groupBy(news, ({ answer }) => waitText(answer)).values()) {
    const [first] = group;
    if (!first) continue;
    // Two calls may wait for the same child.
    const runs = new Map(group.map(({ child: { run } }) => [run.id, `"${run.name}"`]));
    const names = [...runs.values()].slice(0, mostNamed);
    const more = runs.size > names.length ? ` and ${runs.size - names.length} more` : '';
    const who =
      runs.size === 1 ? `Flow run ${names.join()} is waiting.` : `${runs.size} flow runs are waiting: ${names.join(', ')}${more}.`;
    writeLog(context, first.answer.cure === null ? 'info' : 'warning', `${who} ${waitText(first.answer)}`);
  }
  const stuck = news.flatMap(({ answer }) => (answer.code === 'held-by-waiting-parents' ? [answer] : []));
  for (const [id, answer] of new Map(stuck.map((each) => [each.id, each]))) {
    const of = { clock: context.port.clock, flow_run_id: id };
    context.port.log(logLine('warning', `This run is waiting. ${waitText(answer)}`, of));
  }
}
