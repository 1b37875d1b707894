import { timestamp } from '@tributary/contract/time';
import { z } from 'zod';

import type { DbtEvent, DbtNode, Decoder, LogSink, NodeStatus } from './event.ts';

const nodeInfo = z.object({ unique_id: z.string(), node_name: z.string(), resource_type: z.string() });
const runResult = z.object({
  status: z.string(),
  message: z.string().nullish(),
  execution_time: z.number().catch(0),
  num_failures: z.number().nullish(),
  adapter_response: z.looseObject({ rows_affected: z.coerce.number().nullish().catch(null) }).catch({}),
});
const line = z.object({
  info: z.object({ name: z.string(), level: z.string(), msg: z.string().catch(''), ts: timestamp }),
  data: z.looseObject({}).catch({}),
});
const dataOf = z.object({
  node_info: nodeInfo.optional().catch(undefined),
  run_result: runResult.optional().catch(undefined),
  msg: z.string().optional().catch(undefined),
  exc: z.string().optional().catch(undefined),
  path: z.string().optional().catch(undefined),
  preview: z.string().optional().catch(undefined),
  compiled: z.string().optional().catch(undefined),
});

/** Events with which a node begins. A skipped node has none of them. */
const beginnings = new Set(['LogStartLine', 'NodeCompiling', 'NodeExecuting']);
const levels: Readonly<Record<string, Parameters<LogSink>[0]>> = { debug: 'debug', info: 'info', warn: 'warning', error: 'error' };
/** Events that another event repeats, or that don't help a reader. */
const unshown = new Set(['Formatting', 'LogStartLine', 'MainStackTrace', 'MainEncounteredError', 'PrintEvent', 'ShowNode', 'CompiledNode']);
/** Events such as `1 of 12 OK created …`, `2 of 12 SKIP …` or `compiled code at …`. The node's task run shows the same. */
const nodeResult = /^(Log\w+Result|LogSkipBecauseError|SkippingDetails|SQLCompiledPath)$/;

/** Reads dbt 1's `--log-format json --log-level debug`. A line that isn't JSON is shown unchanged. */
export const jsonLog: Decoder = {
  decode(text) {
    if (text.trim() === '') return [];
    const parsed = line.safeParse(readJson(text));
    if (!parsed.success) return [{ kind: 'log', at: null, level: 'warning', message: plain(text), nodeId: null }];
    const { name, level, msg, ts: at } = parsed.data.info;
    const data = dataOf.parse(parsed.data.data);
    const node = data.node_info && toNode(data.node_info);
    const events: DbtEvent[] = [];
    if (node && beginnings.has(name)) events.push({ kind: 'started', at, node });
    if (node && name === 'NodeFinished' && data.run_result) events.push({ kind: 'finished', at, node, ...toOutcome(data.run_result) });
    const failure = name === 'MainEncounteredError' ? plain(data.exc ?? msg).trim() : '';
    if (failure !== '') events.push({ kind: 'failed', message: failure });
    if (node && name === 'SQLCompiledPath' && data.path) events.push({ kind: 'compiled', nodeId: node.id, path: data.path });
    const rows = node && name === 'JinjaLogInfo' ? /^rows: (\d+)$/.exec(msg.trim())?.[1] : undefined;
    if (node && rows !== undefined) return [...events, { kind: 'rows', node, rows: Number(rows) }];
    if (name === 'PrintEvent') events.push({ kind: 'output', text: plain(data.msg ?? msg) });
    const output = data.preview ?? data.compiled;
    if ((name === 'ShowNode' || name === 'CompiledNode') && output !== undefined) events.push({ kind: 'output', text: plain(output) });
    if (level !== 'debug' && !unshown.has(name) && plain(msg).trim() !== '') {
      const shown = node && nodeResult.test(name) ? 'debug' : (levels[level] ?? 'info');
      events.push({ kind: 'log', at, level: shown, message: withoutLevel(plain(msg)).trimEnd(), nodeId: node?.id ?? null });
    }
    return events;
  },
};

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toNode(info: z.output<typeof nodeInfo>): DbtNode {
  return { id: info.unique_id, name: info.node_name, type: info.resource_type };
}

function toOutcome(result: z.output<typeof runResult>) {
  const rows = result.adapter_response.rows_affected;
  return {
    status: statusOf(result.status),
    said: result.status,
    message: plain(result.message ?? '').trim(),
    seconds: result.execution_time,
    rows: typeof rows === 'number' && rows >= 0 ? rows : null,
    failures: result.num_failures ?? null,
  };
}

function statusOf(said: string): NodeStatus {
  if (said === 'skipped') return 'skipped';
  if (said === 'warn') return 'warn';
  return ['error', 'fail', 'runtime error', 'partial success'].includes(said) ? 'failed' : 'success';
}

/** Removes the level with which dbt begins its warnings and some errors, as in `[WARNING][PackageRedirectDeprecation]: …`. */
function withoutLevel(message: string): string {
  return message.replace(/^\[(?:WARNING|ERROR)\](?:: )?/, '');
}

/** Removes terminal colours, which dbt writes into some lines despite its flags. */
function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/\u001B\[[\d;]*m/g, '');
}
