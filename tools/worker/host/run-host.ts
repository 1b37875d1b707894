import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

import { messageOf, TributaryError } from '@tributary/contract/error';
import { type HostCommand, type HostReport, hostReport, ticketVersion, toMessage } from '@tributary/contract/ticket';
import { within } from '@tributary/contract/wait';

import { createLineCutter } from './lines.ts';

/** How a host process ended. One of code and signal is null; both are when it could not be started at all. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** why it could not be started */
  readonly failure?: string;
  /** what it said last on stderr */
  readonly lastWords: readonly string[];
}

interface HostListener {
  line(stream: 'stdout' | 'stderr', line: string): void;
  report(report: HostReport): void;
}

/** A process that executes one flow run, in a process group of its own. */
export interface RunHost {
  readonly pid: number | undefined;
  /** rejects, in a sentence, when the host ends first or speaks another ticket version */
  readonly ready: Promise<void>;
  /** resolves when the process is gone, what it wrote is read, and nothing is left of its group */
  readonly ended: Promise<ProcessExit>;
  isReady(): boolean;
  isAlive(): boolean;
  listen(listener: HostListener): void;
  send(command: HostCommand): void;
  /** to the whole group */
  signal(name: NodeJS.Signals): void;
}

const keptWords = 20;
const readySeconds = 60;
/** A descendant that left the group may hold the pipes open: nothing more is read after this long. */
const readSeconds = 0.5;

export function startHost(how: { readonly file: string; readonly cwd: string; readonly env: Readonly<Record<string, string>> }): RunHost {
  const child = spawn(process.execPath, [how.file], {
    cwd: how.cwd,
    env: how.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const lastWords: string[] = [];
  const kept: HostReport[] = [];
  let listener: HostListener | undefined;

  const read = (stream: 'stdout' | 'stderr', from: Readable | null): void => {
    const lines = createLineCutter((line) => {
      if (stream === 'stderr' && line.trim()) lastWords.push(line.slice(0, 500));
      if (lastWords.length > keptWords) lastWords.shift();
      listener?.line(stream, line);
    });
    from?.on('data', lines.write);
    from?.once('close', lines.end);
  };
  read('stdout', child.stdout);
  read('stderr', child.stderr);

  const signal = (name: NodeJS.Signals): void => killGroup(child.pid, name);
  const ended = exitOf(child, lastWords);
  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', (message) => {
      const report = hostReport.safeParse(message);
      if (!report.success) return;
      if (report.data.type !== 'ready') return listener ? listener.report(report.data) : void kept.push(report.data);
      if (report.data.ticketVersion === ticketVersion) return resolve();
      reject(otherVersion(how.file, report.data.ticketVersion));
      signal('SIGKILL');
    });
    const late = setTimeout(() => {
      reject(new TributaryError('crashed', `The run host ${how.file} was not ready after ${readySeconds} s.`));
      signal('SIGKILL');
    }, readySeconds * 1000);
    void ended.then((exit) => {
      clearTimeout(late);
      reject(new TributaryError('crashed', `The run host ${how.file} ended before it was ready: ${describe(exit)}`));
    });
    child.once('message', () => clearTimeout(late));
  });
  let isReady = false;
  ready.then(
    () => void (isReady = true),
    () => undefined,
  );

  return {
    pid: child.pid,
    ready,
    ended,
    signal,
    isReady: () => isReady,
    isAlive: () => child.pid !== undefined && child.exitCode === null && child.signalCode === null && child.connected,
    listen(next) {
      listener = next;
      for (const report of kept.splice(0)) next.report(report);
    },
    // A host that is gone gets no message; its end tells.
    send: (command) => void (child.connected && child.send(toMessage(command), () => undefined)),
  };
}

async function exitOf(child: ChildProcess, lastWords: readonly string[]): Promise<ProcessExit> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const failure = await new Promise<string | undefined>((resolve) => {
    child.once('exit', () => resolve(undefined));
    child.on('error', (error) => void (child.pid === undefined && resolve(messageOf(error))));
  });
  killGroup(child.pid, 'SIGKILL');
  if (failure === undefined) await within(readSeconds, closed);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return { code: child.exitCode, signal: child.signalCode, lastWords, ...(failure === undefined ? {} : { failure }) };
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}

/** A process's exit as the end of a sentence, with the last words. */
function describe(exit: ProcessExit): string {
  const how = exit.failure ?? (exit.signal ? `signal ${exit.signal}` : `exit code ${exit.code}`);
  return exit.lastWords.length > 0 ? `${how}.\n${exit.lastWords.join('\n')}` : `${how}.`;
}

function otherVersion(file: string, version: number): TributaryError {
  return new TributaryError(
    'crashed',
    `The run host ${file} takes tickets of version ${version}, this worker writes version ${ticketVersion}. Bring @tributary/flow and the worker to the same version.`,
  );
}
