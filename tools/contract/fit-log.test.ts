import { expect, it } from 'vitest';

import { isCloud } from './cloud.ts';
import { logFitter } from './fit-log.ts';
import { logCreate } from './nouns/log.ts';

const line = (message: string) =>
  logCreate.parse({
    name: 'tributary.flow_runs',
    level: 20,
    message,
    timestamp: '2026-01-01T00:00:00Z',
    flow_run_id: crypto.randomUUID(),
  });
const fitToCloud = logFitter(`https://api.prefect.cloud/api/accounts/${crypto.randomUUID()}/workspaces/${crypto.randomUUID()}`);
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

it.each([
  ['letters', 'a'.repeat(30_000)],
  ['a million letters', 'a'.repeat(1_000_000)],
  ['characters of three bytes', '语'.repeat(9_000)],
  ['characters of two code units', '🦆'.repeat(9_000)],
  ['characters that JSON escapes', '\u0000'.repeat(9_000)],
])('a line of %s is cut to the length that Cloud takes, and says so', (_, message) => {
  const cut = fitToCloud(line(message));
  expect(bytesOf(cut)).toBeLessThanOrEqual(25_000);
  expect(bytesOf(cut)).toBeGreaterThan(24_990);
  expect(cut.message).toMatch(/… \[truncated\]$/);
  expect(cut.message.isWellFormed()).toBe(true);
});

it('a line that fits is unchanged', () => {
  for (const message of ['', 'short', 'a'.repeat(24_000)]) expect(fitToCloud(line(message)).message).toBe(message);
});

it('Cloud is recognised by the path of its workspaces', () => {
  const id = crypto.randomUUID();
  expect(isCloud(`https://api.prefect.cloud/api/accounts/${id}/workspaces/${id}`)).toBe(true);
  expect(isCloud('http://127.0.0.1:4200/api')).toBe(false);
});
