import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { createClient } from '@tributary/contract/client';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { Feature } from '@tributary/contract/routes/admin';
import { routes } from '@tributary/contract/routes';
import { ticket } from '@tributary/contract/ticket';
import { z } from 'zod';

import type { WorkerOptions } from '../settings.ts';
import { startWorker, type Worker } from '../start.ts';
import { FakeServer } from './fake-server/fake-server.ts';

const facts = z.object({
  pid: z.int(),
  child: z.int().optional(),
  env: z.record(z.string(), z.string()),
  cwd: z.string(),
  ticket,
});
type HostFacts = z.output<typeof facts>;

/** A work tree with a stand-in framework, a server and its workers. All of them are closed and removed after the test. */
export interface Stage {
  readonly server: FakeServer;
  readonly root: string;
  /** the messages that the workers logged */
  readonly said: string[];
  readonly deployment: Deployment;
  work(options?: Partial<WorkerOptions>): Promise<Worker>;
  /** the process ids of all hosts, in the order of their start */
  hosts(): number[];
  /** resolves once `count` hosts have started, and the last one is ready */
  started(count: number): Promise<void>;
  /** lets a run with the parameter `do: 'wait'` complete */
  finish(id: string): Promise<void>;
  /** reads what the run's host wrote about itself */
  host(id: string): Promise<HostFacts>;
  /** resolves once the condition holds @param seconds the stage's patience by default */
  until(what: string, holds: () => boolean, seconds?: number): Promise<void>;
}

const allFeatures: Feature[] = ['claim', 'long-poll', 'interruptions'];

/** @param patience how many seconds {@link Stage.until} waits by default */
export async function openStage(
  onTestFinished: (end: () => Promise<void>) => void,
  features: Feature[] = allFeatures,
  patience = 10,
): Promise<Stage> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-worker-')));
  const home = join(root, '.tributary');
  const dataDir = join(home, 'data');
  writeTree(root, {
    'package.json': '{}',
    'framework/package.json': '{"name":"@tributary/flow","type":"module","exports":{"./host":"./host.ts"}}',
    'ints/one/flow.ts': 'export const work = 1;\n',
    '.tributary/data/keep': '',
    'node_modules/@tributary/keep': '',
  });
  copyFileSync(join(import.meta.dirname, 'host-fixture.ts'), join(root, 'framework', 'host.ts'));
  symlinkSync(join(root, 'framework'), join(root, 'node_modules', '@tributary', 'flow'));
  const server = await new FakeServer(features).start();
  const said: string[] = [];
  const workers: Worker[] = [];
  const deployment = server.addDeployment({ path: 'ints/one', pull_steps: [{ 'tributary.local_folder': { root } }] });

  const until: Stage['until'] = async (what, holds, seconds = patience) => {
    for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(10)) if (holds()) return;
    throw new Error(`Timed out after ${seconds} s waiting for: ${what}. The worker logged:\n${said.join('\n')}`);
  };
  const hosts = (): number[] => {
    const file = join(root, 'hosts');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
  };
  const host: Stage['host'] = async (id) => {
    const file = join(dataDir, `${id}.json`);
    let read: unknown;
    await until(`the host of ${id}`, () => (read = readWhole(file)) !== undefined);
    return facts.parse(read);
  };
  const close = async (): Promise<void> => {
    // A worker can't stop while its server is down, so a server that the test has stopped is started again.
    await server.start();
    for (const worker of workers) void worker.stop();
    await Promise.all(workers.map((worker) => worker.stop()));
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  };
  onTestFinished(close);
  return {
    server,
    root,
    said,
    deployment,
    until,
    async work(options = {}) {
      const worker = await startWorker({
        client: createClient(routes, { url: server.url, patience: 5 }),
        api: { url: server.url, credential: null, features },
        name: 'w1',
        root,
        home,
        dataDir,
        prestart: 0,
        env: { ...process.env, FIXTURE_HOSTS: join(root, 'hosts') },
        passEnv: ['FIXTURE_HOSTS'],
        log: (message) => void said.push(message),
        ...options,
      });
      workers.push(worker);
      return worker;
    },
    hosts,
    async started(count) {
      await until(`${count} hosts`, () => hosts().length === count);
    },
    async finish(id) {
      const { pid } = await host(id);
      process.kill(pid, 'SIGUSR2');
    },
    host,
  };
}

export function writeTree(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function readWhole(file: string): unknown {
  try {
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  } catch {
    return undefined;
  }
}
