import type { FlowRunId } from '@tributary/contract';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { type EmbeddedInstallation, install, installOn, type Installation } from '../support/installation.ts';
import { type Proxy, startProxy } from '../support/proxy.ts';

const files = {
  'ints/chatty/flows/chatty.ts': `import { flow, logger, markdownArtifact, run } from '@tributary/flow';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const parameters = z.object({ lines: z.number(), pause: z.number().default(0), artifacts: z.number().default(0), exit: z.boolean().default(false) });
export const chatty = flow({ name: 'chatty', parameters }, async ({ lines, pause, artifacts, exit }) => {
  for (let line = 0; line < lines; line += 1) {
    logger.info('line ' + line);
    process.stdout.write('out ' + line + '\\n');
    if (pause > 0) await sleep(pause);
  }
  for (let number = 0; number < artifacts; number += 1) await markdownArtifact({ key: 'chatty', markdown: run().flowRunId + ' ' + number });
  if (exit) process.exit(3);
});
`,
  'ints/chatty/deployments.ts': `import { deployFactory } from '@tributary/flow';
import { chatty } from './flows/chatty.ts';

export const here = deployFactory({ name: 'here', flow: chatty });
`,
};

let server: EmbeddedInstallation;
let proxy: Proxy;
let on: Installation;

beforeAll(async () => {
  server = await install({});
  proxy = await startProxy(server.url);
  on = await installOn({ TRIBUTARY_API_URL: proxy.url }, files);
  await on.deploy('chatty');
  await on.startWorker('chatty');
});
afterAll(async () => {
  await on?.close();
  await proxy?.close();
  await server?.close();
});
afterEach(() => {
  proxy.fault = () => undefined;
});

/** Loses two of three answers to reports, after the server has stored the reports. */
function loseAnswers(): { lost: number } {
  const counts = new Map<string, number>();
  const result = { lost: 0 };
  proxy.fault = ({ method, path }) => {
    if (method !== 'POST' || !/^\/(logs|artifacts)\/$/.test(path)) return undefined;
    const count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    if (count % 3 === 0) return undefined;
    result.lost += 1;
    return 'lost answer';
  };
  return result;
}

async function linesOf(id: FlowRunId, kind: 'line' | 'out'): Promise<string[]> {
  const lines: string[] = [];
  for (let offset = 0; ; offset += 200) {
    const { data } = await server.client.filterLogs({
      body: { logs: { flow_run_id: { any_: [id] } }, sort: 'TIMESTAMP_ASC', limit: 200, offset },
    });
    lines.push(...data.map(({ message }) => message).filter((message) => message.startsWith(`${kind} `)));
    if (data.length < 200) return lines;
  }
}

const numbered = (kind: string, count: number): string[] => Array.from({ length: count }, (_, line) => `${kind} ${line}`);
const all = async (id: FlowRunId, count: number): Promise<void> => {
  await expect.poll(async () => (await linesOf(id, 'out')).length, { timeout: 20_000 }).toBeGreaterThanOrEqual(count);
  await expect.poll(async () => (await linesOf(id, 'line')).length, { timeout: 20_000 }).toBeGreaterThanOrEqual(count);
  expect(await linesOf(id, 'line')).toEqual(numbered('line', count));
  expect(await linesOf(id, 'out')).toEqual(numbered('out', count));
};

describe('of a run whose reports lose their answers', () => {
  it('each line of its host and of its worker, and each artifact, is stored once, in order', async () => {
    const faults = loseAnswers();
    const id = await on.trigger('chatty/here', { lines: 200, pause: 10, artifacts: 4 });
    expect((await on.ended(id, 60)).state_type).toBe('COMPLETED');
    await all(id, 200);
    expect(faults.lost).toBeGreaterThan(10);
    const { data: artifacts } = await server.client.filterArtifacts({ body: { artifacts: { flow_run_id: { any_: [id] } } } });
    expect(artifacts.map(({ data }) => data).toSorted()).toEqual(Array.from({ length: 4 }, (_, number) => `${id} ${number}`));
  });

  it('each line is stored once, in order, if its code exits while a batch is being sent', async () => {
    // The server has stored the host's first batch, but the host gets no answer in time.
    let held = 0;
    proxy.fault = ({ path, body }) => (path === '/logs/' && body.includes('line 0') && (held += 1) <= 6 ? 'lost answer' : undefined);
    const id = await on.trigger('chatty/here', { lines: 60, pause: 8, exit: true });
    expect((await on.ended(id, 60)).state_type).toBe('CRASHED');
    await all(id, 60);
    expect(held).toBeGreaterThan(6);
  });

  it('each line is stored once, in order, if the server is killed and started again during the run', async () => {
    let isBack = false;
    let restart: Promise<void> | undefined;
    const restarted = async () => {
      server.server.kill('SIGKILL');
      await server.server.ended;
      await server.startServer();
      isBack = true;
    };
    proxy.fault = ({ path, body }) => {
      if (path !== '/logs/' || !body.includes('line 0') || isBack) return undefined;
      // A second request with the same body shows that the server has stored the batch. Now the server is killed.
      if (proxy.requests.filter((other) => other.body === body).length > 1) restart ??= restarted();
      return 'lost answer';
    };
    const id = await on.trigger('chatty/here', { lines: 100, pause: 20 });
    expect((await on.ended(id, 60)).state_type).toBe('COMPLETED');
    await restart;
    expect(isBack).toBe(true);
    await all(id, 100);
  });
});
