import { describe, expect, it } from 'vitest';

import { jsonLog } from './decode-json-log.ts';

const node_info = { unique_id: 'model.shop.a', node_name: 'a', resource_type: 'model', node_status: 'x' };
const ts = '2026-11-22T00:08:05.127367Z';
const line = (name: string, level: string, msg: string, data: object = {}) =>
  JSON.stringify({ info: { name, level, msg, ts, code: 'X', thread: 'T' }, data });
const node = { id: 'model.shop.a', name: 'a', type: 'model' };

describe("dbt 1's JSON log", () => {
  it('reports when a node begins and how it ends', () => {
    expect(jsonLog.decode(line('NodeCompiling', 'debug', 'Began', { node_info }))).toEqual([{ kind: 'started', at: ts, node }]);
    const run_result = {
      status: 'success',
      message: 'SELECT 7',
      execution_time: 0.5,
      num_failures: 0,
      adapter_response: { rows_affected: 7.0 },
    };
    expect(jsonLog.decode(line('NodeFinished', 'debug', 'Finished', { node_info, run_result }))).toEqual([
      { kind: 'finished', at: ts, node, status: 'success', said: 'success', message: 'SELECT 7', seconds: 0.5, rows: 7, failures: 0 },
    ]);
  });

  it.each([
    ['error', 'failed'],
    ['fail', 'failed'],
    ['runtime error', 'failed'],
    ['partial success', 'failed'],
    ['skipped', 'skipped'],
    ['warn', 'warn'],
    ['pass', 'success'],
    ['no-op', 'success'],
  ])('reads %s as %s', (status, read) => {
    const run_result = { status, execution_time: 0, adapter_response: { rows_affected: -1 } };
    expect(jsonLog.decode(line('NodeFinished', 'debug', '', { node_info, run_result }))).toMatchObject([
      { status: read, rows: null, failures: null },
    ]);
  });

  it('reads the rows that a project logs, and shows other lines of its macros', () => {
    expect(jsonLog.decode(line('JinjaLogInfo', 'info', 'rows: 194', { node_info }))).toEqual([{ kind: 'rows', node, rows: 194 }]);
    expect(jsonLog.decode(line('JinjaLogInfo', 'info', 'hello', { node_info }))).toMatchObject([
      { kind: 'log', message: 'hello', nodeId: 'model.shop.a' },
    ]);
  });

  it('shows lines without colours, and leaves out debug lines, empty lines and stack traces', () => {
    expect(jsonLog.decode(line('StatsLine', 'warn', 'Done. \u001B[32mPASS\u001B[0m'))).toEqual([
      { kind: 'log', at: ts, level: 'warning', message: 'Done. PASS', nodeId: null },
    ]);
    for (const text of [line('X', 'debug', 'x'), line('Formatting', 'info', ''), line('MainStackTrace', 'error', 'Traceback'), ''])
      expect(jsonLog.decode(text)).toEqual([]);
  });

  it.each([
    ['warn', '[\u001B[33mWARNING\u001B[0m][PackageRedirectDeprecation]: Deprecated', 'warning', '[PackageRedirectDeprecation]: Deprecated'],
    ['warn', '[WARNING]: Nothing to do\n[WARNING]: stays', 'warning', 'Nothing to do\n[WARNING]: stays'],
    ['error', '[ERROR]: Found spaces in a name', 'error', 'Found spaces in a name'],
    ['info', 'a [WARNING]: inside stays', 'info', 'a [WARNING]: inside stays'],
  ])('says the level of a line once: %s %j', (dbtLevel, text, level, message) => {
    expect(jsonLog.decode(line('X', dbtLevel, text))).toMatchObject([{ level, message }]);
  });

  it("shows a node's result at debug level, as its task run shows it already", () => {
    for (const [name, level] of [
      ['LogModelResult', 'info'],
      ['LogTestResult', 'error'],
      ['LogSeedResult', 'info'],
      ['SkippingDetails', 'info'],
    ] as const)
      expect(jsonLog.decode(line(name, level, '1 of 2 OK created', { node_info }))).toMatchObject([
        { level: 'debug', message: '1 of 2 OK created' },
      ]);
    expect(jsonLog.decode(line('RunResultError', 'error', 'no such column', { node_info }))).toMatchObject([{ level: 'error' }]);
  });

  it("never drops a line that isn't JSON, or JSON of another shape", () => {
    for (const text of ['Error: No such option', '{"half', '{"info": 3}', '[]'])
      expect(jsonLog.decode(text)).toEqual([{ kind: 'log', at: null, level: 'warning', message: text, nodeId: null }]);
  });
});
