import { createClient } from '@tributary/contract/client';
import { type FlowRunId, newId } from '@tributary/contract/id';
import { fromMillis } from '@tributary/contract/moment';
import { logCreate } from '@tributary/contract/nouns/log';
import { routes } from '@tributary/contract/routes';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';

import { createRunLogs } from './post-logs.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const url = 'http://server.example/api';
const minutes = 60_000;

interface Post {
  readonly at: number;
  readonly id: string | undefined;
  readonly messages: readonly string[];
}

/** Opens a run's logs, and records the posts. @param respond returns the status; undefined if the server is unreachable */
function openLogs(respond: (post: Post) => number | undefined) {
  const begin = performance.now();
  const [said, posts, stored]: [string[], Post[], string[]] = [[], [], []];
  const client = createClient(routes, {
    url,
    patience: 0,
    async transport({ headers, body, signal }) {
      signal?.throwIfAborted();
      const messages = z
        .array(logCreate)
        .parse(JSON.parse(body ?? ''))
        .map(({ message }) => message);
      const post = { at: performance.now() - begin, id: headers['tributary-request'], messages };
      posts.push(post);
      const status = respond(post);
      if (status === undefined) throw new Error('nobody there');
      if (status === 201) stored.push(...messages);
      return { status, headers: {}, text: '{}' };
    },
  });
  const run = { id: newId<FlowRunId>(), name: 'a run' };
  const giveUp = new AbortController();
  const settings = { client, api: { url, credential: null, features: [] }, log: (message: string) => void said.push(message) };
  const logs = createRunLogs(settings, run, giveUp.signal);
  const line = (message: string): void => logs.line('stdout', 'info', message);
  const theirs = (message: string) => ({ name: 'flow', level: 20, message, timestamp: fromMillis(0), flow_run_id: run.id });
  return { logs, line, theirs, said, posts, stored, giveUp };
}

it("an active run keeps its lines during an outage that is longer than a client's patience, and posts them under their batch's id", async () => {
  const { line, logs, said, posts, stored } = openLogs(({ at }) => (at < 25 * minutes ? undefined : 201));
  line('before');
  await vi.advanceTimersByTimeAsync(12 * minutes);
  line('meanwhile');
  await vi.advanceTimersByTimeAsync(14 * minutes);
  await logs.flush();
  expect(stored).toEqual(['before', 'meanwhile']);
  expect(new Set(posts.filter(({ messages }) => messages.includes('before')).map(({ id }) => id)).size).toBe(1);
  expect(said).toEqual([]);
});

it('only the faulty line of a refused batch is lost, and the logs of the run and of the worker say so', async () => {
  const { line, logs, said, stored } = openLogs(({ messages }) => (messages.includes('line 7') ? 422 : 201));
  for (let number = 0; number < 40; number += 1) line(`line ${number}`);
  await logs.flush();
  expect(stored.slice(0, 39)).toEqual(Array.from({ length: 40 }, (_, number) => `line ${number}`).filter((text) => text !== 'line 7'));
  expect(stored.slice(39)).toEqual([expect.stringMatching(/^1 log line was dropped around here: /)]);
  expect(said).toEqual([expect.stringMatching(/^a run: 1 log line was lost: /)]);
});

it("a host's batch is posted under its id, after the lines before it, and cut into halves if the server refuses it", async () => {
  const { line, logs, theirs, posts, stored } = openLogs(({ messages }) => (messages.length > 1 ? 422 : 201));
  line('ours');
  logs.add([theirs('one'), theirs('two')], 'its id');
  logs.add([theirs('three')]);
  await logs.flush();
  expect(stored).toEqual(['ours', 'one', 'two', 'three']);
  expect(posts.filter(({ id }) => id === 'its id').map(({ messages }) => messages)).toEqual([['one', 'two']]);
});

it('lines beyond the capacity are dropped, and the logs of the run and of the worker say how many', async () => {
  let away = true;
  const { line, logs, said, stored } = openLogs(() => (away ? undefined : 201));
  const long = 'x'.repeat(900_000);
  for (let number = 0; number < 30; number += 1) line(long);
  away = false;
  await logs.flush();
  expect(stored.filter((message) => message === long)).toHaveLength(23);
  expect(stored.at(-1)).toBe('7 log lines were dropped around here: they came faster than the server took them');
  expect(said).toEqual(['a run: 7 log lines were lost: they came faster than the server took them']);
});

it.each([
  ['that is unreachable', undefined, /^a run: 3 log lines were lost: .*got no answer within 600 s/],
  ['that refuses the credential', 401, /^a run: 3 log lines were lost: /],
])('unsent lines are dropped and counted at the end of a run on a server %s', async (_, status, said) => {
  const opened = openLogs(() => status);
  for (const message of ['one', 'two', 'three']) opened.line(message);
  await vi.advanceTimersByTimeAsync(1_000);
  const flushed = opened.logs.flush();
  await vi.advanceTimersByTimeAsync(11 * minutes);
  await flushed;
  expect(opened.said).toEqual([expect.stringMatching(said)]);
  const { length } = opened.posts;
  await vi.advanceTimersByTimeAsync(60 * minutes);
  expect(opened.posts).toHaveLength(length);
});

it('a stopping worker no longer waits for lines, and ignores a late line', async () => {
  const { line, logs, said, giveUp, posts } = openLogs(() => undefined);
  line('one');
  const flushed = logs.flush();
  await vi.advanceTimersByTimeAsync(1_000);
  giveUp.abort();
  await flushed;
  expect(said).toEqual([expect.stringMatching(/^a run: 1 log line was lost: /)]);
  const { length } = posts;
  line('late');
  await vi.advanceTimersByTimeAsync(60 * minutes);
  expect([posts.length, vi.getTimerCount()]).toEqual([length, 0]);
});

it('a line that comes after the last post does not keep a stopped worker running', async () => {
  const { line, logs, giveUp } = openLogs(() => undefined);
  await logs.flush();
  giveUp.abort();
  line('late');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(vi.getTimerCount()).toBe(0);
});
