import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { readTimestamp } from '@tributary/contract/moment';
import { type HostReport, hostReport } from '@tributary/contract/ticket';

import type { StandInServer } from './stand-in-server.ts';

const hostFile = fileURLToPath(new URL('../host.ts', import.meta.url));

/** A run host, started as a worker starts it. */
export class HostProcess {
  readonly child: ChildProcess;
  readonly reports: HostReport[] = [];
  readonly ready: Promise<void>;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  output = '';

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [hostFile], {
      detached: true,
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => resolve({ code, signal }));
      // Node emits no 'close' after the parent process has disconnected.
      this.child.once('exit', (code, signal) => setTimeout(() => resolve({ code, signal }), 200));
    });
    this.ready = new Promise((resolve) => {
      this.child.on('message', (message) => {
        const report = hostReport.parse(message);
        if (report.type === 'ready') resolve();
        this.reports.push(report);
      });
    });
  }

  /** the host's last report */
  get done(): HostReport | undefined {
    return this.reports.find(({ type }) => type === 'done');
  }

  kill(): void {
    if (this.child.pid === undefined || this.child.exitCode !== null) return;
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // The process has ended.
    }
  }
}

/** The ticket that a worker sends to a host for a run of the server. A ticket of version 2 has no code. */
export function ticketFor(
  server: StandInServer,
  run: ReturnType<StandInServer['addRun']>,
  change: { readonly root: string; readonly entrypoint: string; readonly [key: string]: unknown },
) {
  return {
    type: 'ticket',
    ticket: {
      version: 3,
      flowRunId: run.id,
      flowRunName: run.name,
      flowId: run.flow_id,
      deployment: { id: run.flow_id, name: 'nightly' },
      scheduledStartTime: readTimestamp('2026-11-21T00:00:00Z'),
      tags: [],
      claimedStateId: run.state.id,
      claim: run.claim,
      attempt: run.run_count + 1,
      concurrencyLease: null,
      api: { url: server.url, credential: null, features: server.features },
      cwd: change.root,
      dataDir: join(change.root, '.tributary/data'),
      env: {},
      parameters: {},
      ...(change['version'] === 2 ? {} : { code: null }),
      ...change,
      entrypoint: join(change.root, change.entrypoint),
    },
  };
}
