import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

import { messageOf, TributaryError } from '@tributary/contract/error';
import {
  commonTicketVersion,
  type HostCommand,
  type HostReport,
  hostReport,
  newestTicketVersion,
  oldestTicketVersion,
  type TicketVersion,
  type TicketVersions,
  toMessage,
} from '@tributary/contract/ticket';
import { within } from '@tributary/contract/wait';

import { createLineCutter } from './lines.ts';

/** How a host's process ended. Either the code or the signal is null. Both are null if the process could not be started. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** why the process could not be started */
  readonly failure?: string;
  /** the last lines on stderr */
  readonly lastLines: readonly string[];
}

interface HostListener {
  line(stream: 'stdout' | 'stderr', line: string): void;
  report(report: HostReport): void;
}

/** A process that executes one flow run, in its own process group. */
export interface RunHost {
  readonly pid: number | undefined;
  /**
   * Resolves to the version of the ticket to send. Rejects with a TributaryError if the host ends first, or takes no version that this
   * worker writes.
   */
  readonly ready: Promise<TicketVersion>;
  /** resolves once the process has exited, its output is read, and its process group is killed */
  readonly ended: Promise<ProcessExit>;
  isReady(): boolean;
  isAlive(): boolean;
  listen(listener: HostListener): void;
  send(command: HostCommand): void;
  /** sends the signal to the whole process group */
  signal(name: NodeJS.Signals): void;
}

const keptLines = 20;
const readySeconds = 60;
/** Seconds for which the output is read after the exit. A descendant that left the process group may keep the pipes open. */
const readSeconds = 0.5;

export function startHost(how: { readonly file: string; readonly cwd: string; readonly env: Readonly<Record<string, string>> }): RunHost {
  const child = spawn(process.execPath, [how.file], {
    cwd: how.cwd,
    env: how.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const lastLines: string[] = [];
  const kept: HostReport[] = [];
  let listener: HostListener | undefined;

  const read = (stream: 'stdout' | 'stderr', from: Readable | null): void => {
    const lines = createLineCutter((line) => {
      if (stream === 'stderr' && line.trim()) lastLines.push(line.slice(0, 500));
      if (lastLines.length > keptLines) lastLines.shift();
      listener?.line(stream, line);
    });
    from?.on('data', lines.write);
    from?.once('close', lines.end);
  };
  read('stdout', child.stdout);
  read('stderr', child.stderr);

  const signal = (name: NodeJS.Signals): void => killGroup(child.pid, name);
  const ended = exitOf(child, lastLines);
  const ready = new Promise<TicketVersion>((resolve, reject) => {
    let reported: TicketVersions | undefined;
    child.on('message', (message) => {
      const report = hostReport.safeParse(message);
      if (!report.success) return;
      const { data } = report;
      if (data.type === 'ticket versions') return void (reported = data);
      if (data.type !== 'ready') return listener ? listener.report(data) : void kept.push(data);
      clearTimeout(late);
      const taken = reported ?? { oldest: data.ticketVersion, newest: data.ticketVersion };
      const version = commonTicketVersion(taken);
      if (version !== undefined) return resolve(version);
      reject(otherVersion(how.file, taken));
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
    // A host that has exited can't get a message. That isn't an error, because `ended` reports the exit.
    send: (command) => void (child.connected && child.send(toMessage(command), () => undefined)),
  };
}

async function exitOf(child: ChildProcess, lastLines: readonly string[]): Promise<ProcessExit> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const failure = await new Promise<string | undefined>((resolve) => {
    child.once('exit', () => resolve(undefined));
    child.on('error', (error) => void (child.pid === undefined && resolve(messageOf(error))));
  });
  killGroup(child.pid, 'SIGKILL');
  if (failure === undefined) await within(readSeconds, closed);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return { code: child.exitCode, signal: child.signalCode, lastLines, ...(failure === undefined ? {} : { failure }) };
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // No process is left in the group.
  }
}

/** Describes an exit as the end of a sentence, and adds the last lines on stderr. */
function describe(exit: ProcessExit): string {
  const how = exit.failure ?? (exit.signal ? `signal ${exit.signal}` : `exit code ${exit.code}`);
  return exit.lastLines.length > 0 ? `${how}.\n${exit.lastLines.join('\n')}` : `${how}.`;
}

function otherVersion(file: string, { oldest, newest }: TicketVersions): TributaryError {
  const taken = oldest === newest ? `version ${oldest}` : `versions ${oldest} to ${newest}`;
  const remedy =
    oldest > newestTicketVersion
      ? "Its @tributary/flow is newer than this worker. Update the worker's workspace, and start the worker again."
      : 'Its @tributary/flow is older than this worker. Update it in the code of the deployment, and deploy again.';
  return new TributaryError(
    'crashed',
    `The run host ${file} takes tickets of ${taken}, and this worker writes versions ${oldestTicketVersion} to ${newestTicketVersion}. ${remedy}`,
  );
}
