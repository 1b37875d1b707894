import { HostProcess, ticketFor } from './host-process.ts';
import { StandInServer } from './stand-in-server.ts';
import { createWorkTree, type WorkTree } from './work-tree.ts';

const head =
  `import { flow, task, logger, run, runDeployment } from '@tributary/flow'; ` +
  `const untilStopped = (signal: AbortSignal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));\n`;

/** Starts run hosts and sends them runs of a stand-in server, as a worker does. */
export class StandInWorker {
  readonly server: StandInServer;
  readonly #hosts: HostProcess[] = [];
  readonly #trees: WorkTree[] = [];

  private constructor(server: StandInServer) {
    this.server = server;
  }

  static async start(): Promise<StandInWorker> {
    return new StandInWorker(await new StandInServer().start());
  }

  startHost(env: Readonly<Record<string, string>> = {}): HostProcess {
    const host = new HostProcess({ ...env, TRIBUTARY_API_URL: this.server.url });
    this.#hosts.push(host);
    return host;
  }

  /**
   * Starts a host and sends it a run of `flows/api.ts:main`.
   * @param source the text of flows/api.ts, without its imports
   * @param change further fields of the ticket
   */
  async begin(
    source: string,
    change: Readonly<Record<string, unknown>> = {},
    how: {
      readonly run?: Parameters<StandInServer['addRun']>[0];
      readonly files?: Readonly<Record<string, string>>;
      readonly env?: Readonly<Record<string, string>>;
    } = {},
  ) {
    const tree = await createWorkTree({ 'flows/api.ts': head + source, ...how.files });
    this.#trees.push(tree);
    const host = this.startHost(how.env);
    const run = this.server.addRun(how.run);
    await host.ready;
    host.child.send(ticketFor(this.server, run, { root: tree.root, entrypoint: 'flows/api.ts:main', ...change }));
    return { host, run, root: tree.root };
  }

  async close(): Promise<void> {
    for (const host of this.#hosts) host.kill();
    await this.server.stop();
    for (const tree of this.#trees) await tree.remove();
  }
}
