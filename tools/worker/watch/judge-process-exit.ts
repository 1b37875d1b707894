import { isTerminal } from '@tributary/contract/nouns/state';
import { hostExit, type HostReport } from '@tributary/contract/ticket';

import type { ProcessExit } from '../host/run-host.ts';
import type { ProposedEnd } from '../report/report-end.ts';

/** Why a worker asks a run to end. */
export type EndReason = 'cancelled' | 'worker stopping';

type Done = Extract<HostReport, { type: 'done' }>;

/**
 * Decides how a run ended from the exit of its process.
 * @param facts.done the host's last report, if it sent one
 * @param facts.asked why the worker asked the run to end, if it did
 * @returns the end to report; undefined if the server has it already
 */
export function judgeProcessExit(
  exit: ProcessExit,
  facts: {
    readonly worker: string;
    readonly done: Done | undefined;
    readonly asked: EndReason | undefined;
    /** the last signal that the worker sent to the process, if any */
    readonly killedWith: NodeJS.Signals | undefined;
  },
): ProposedEnd | undefined {
  const { done, asked, killedWith } = facts;
  // A reported end counts, however the process exited after it.
  if (done && (exit.code === hostExit.done || (done.state && isTerminal(done.state)))) return undefined;
  if (asked === 'cancelled')
    return {
      type: 'CANCELLED',
      message: killedWith
        ? `Cancelled: the run's process did not exit by itself and was ended with ${killedWith}.`
        : `Cancelled: the run's process ended (${how(exit)}).`,
    };
  if (asked === 'worker stopping') return { type: 'CRASHED', message: `Worker "${facts.worker}" was stopped before the run ended.` };
  return { type: 'CRASHED', message: withLastLines(explainExit(exit, done), exit.lastLines) };
}

function explainExit(exit: ProcessExit, done: Done | undefined): string {
  if (exit.failure !== undefined) return `The run's process could not be started: ${exit.failure}.`;
  if (ranOutOfMemory(exit)) return `The run's process ran out of memory (${how(exit)}): JavaScript's heap was full.`;
  if (exit.signal === 'SIGKILL') return "The run's process was killed (SIGKILL). The machine may be out of memory.";
  if (exit.signal) return `The run's process was ended by signal ${exit.signal}.`;
  if (done) return `The run's process ended with ${how(exit)} after its last report.`;
  return `The run's process ended with ${how(exit)} before it reported how the run ended.`;
}

function how({ code, signal }: ProcessExit): string {
  return signal ? `signal ${signal}` : `exit code ${code}`;
}

function ranOutOfMemory({ code, signal, lastLines }: ProcessExit): boolean {
  return (signal === 'SIGABRT' || code === 134) && lastLines.some((line) => line.includes('heap out of memory'));
}

function withLastLines(sentence: string, lastLines: readonly string[]): string {
  return lastLines.length > 0 ? `${sentence} Its last lines on stderr:\n${lastLines.join('\n')}` : sentence;
}
