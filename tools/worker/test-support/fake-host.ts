import { type HostCommand, type HostReport, newestTicketVersion, type TicketVersion } from '@tributary/contract/ticket';

import type { ProcessExit, RunHost } from '../host/run-host.ts';

/** A run host without a process, for tests on fake time. The test decides when the host is ready and when it exits. */
export class FakeHost implements RunHost {
  readonly pid = undefined;
  readonly ready: Promise<TicketVersion>;
  readonly ended: Promise<ProcessExit>;
  readonly commands: HostCommand[] = [];
  /** the signals that the host got, each with the milliseconds since the host's start */
  readonly signals: [NodeJS.Signals, number][] = [];
  readonly #began = performance.now();
  readonly #survives: readonly NodeJS.Signals[];
  readonly #ready = Promise.withResolvers<TicketVersion>();
  readonly #ended = Promise.withResolvers<ProcessExit>();
  #listener: Parameters<RunHost['listen']>[0] | undefined;
  #isReady = false;
  #isAlive = true;

  /** @param survives the signals that don't end the host */
  constructor({ survives = [] }: { readonly survives?: readonly NodeJS.Signals[] } = {}) {
    this.#survives = survives;
    this.ready = this.#ready.promise;
    this.ended = this.#ended.promise;
    this.ready.catch(() => undefined);
  }

  becomeReady(): this {
    this.#isReady = true;
    this.#ready.resolve(newestTicketVersion);
    return this;
  }

  exit(how: Partial<ProcessExit> = {}): void {
    this.#isAlive = false;
    this.#ready.reject(new Error('The host ended before it was ready.'));
    this.#ended.resolve({ code: null, signal: null, lastLines: [], ...how });
  }

  isReady(): boolean {
    return this.#isReady;
  }

  isAlive(): boolean {
    return this.#isAlive;
  }

  listen(listener: Parameters<RunHost['listen']>[0]): void {
    this.#listener = listener;
  }

  report(report: HostReport): void {
    this.#listener?.report(report);
  }

  send(command: HostCommand): void {
    this.commands.push(command);
  }

  signal(name: NodeJS.Signals): void {
    if (!this.#isAlive) return;
    this.signals.push([name, Math.round(performance.now() - this.#began)]);
    if (!this.#survives.includes(name)) this.exit({ signal: name });
  }
}
