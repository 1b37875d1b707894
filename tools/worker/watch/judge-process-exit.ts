import { isTerminal } from '@tributary/contract/nouns/state';
import { hostExit, type HostReport } from '@tributary/contract/ticket';

import type { ProcessExit } from '../host/run-host.ts';
import type { ProposedEnd } from '../report/report-end.ts';

/** Why the worker itself ended a run, or had begun to. */
export type EndReason = 'cancelled' | 'worker stopping';

type Done = Extract<HostReport, { type: 'done' }>;

/**
 * What became of a run, from how its process ended. @returns undefined when the server holds it already
 * @param facts.done the host's own last word
 */
export function judgeProcessExit(
  exit: ProcessExit,
  facts: {
    readonly worker: string;
    readonly done: Done | undefined;
    readonly asked: EndReason | undefined;
    /** the last signal that the worker sent, if it sent any */
    readonly killedWith: NodeJS.Signals | undefined;
  },
): ProposedEnd | undefined {
  const { done, asked, killedWith } = facts;
  // What a host has said counts, however it ended after that.
  if (done && (exit.code === hostExit.done || (done.state && isTerminal(done.state)))) return undefined;
  if (asked === 'cancelled')
    return {
      type: 'CANCELLED',
      message: killedWith
        ? `Cancelled: its process did not end by itself and was ended with ${killedWith}.`
        : `Cancelled: its process ended (${how(exit)}).`,
    };
  if (asked === 'worker stopping') return { type: 'CRASHED', message: `The worker "${facts.worker}" was stopped before the run ended.` };
  return { type: 'CRASHED', message: withWords(explainExit(exit, done), exit.lastWords) };
}

function explainExit(exit: ProcessExit, done: Done | undefined): string {
  if (exit.failure !== undefined) return `The run's process could not be started: ${exit.failure}.`;
  if (ranOutOfMemory(exit)) return `The run's process ran out of memory (${how(exit)}): JavaScript's heap was full.`;
  if (exit.signal === 'SIGKILL') return "The run's process was killed (SIGKILL): out of memory?";
  if (exit.signal) return `The run's process was ended by signal ${exit.signal}.`;
  if (done) return `The run's process ended with ${how(exit)} after its last report.`;
  return `The run's process ended with ${how(exit)} before it reported how the run ended.`;
}

function how({ code, signal }: ProcessExit): string {
  return signal ? `signal ${signal}` : `exit code ${code}`;
}

function ranOutOfMemory({ code, signal, lastWords }: ProcessExit): boolean {
  return (signal === 'SIGABRT' || code === 134) && lastWords.some((line) => line.includes('heap out of memory'));
}

function withWords(sentence: string, lastWords: readonly string[]): string {
  return lastWords.length > 0 ? `${sentence} Its last words:\n${lastWords.join('\n')}` : sentence;
}
