import type { LogLevelName } from '@tributary/contract/nouns/log';

import { currentContext, type RunContext } from './context.ts';
import type { EnginePort } from './engine-port.ts';
import { formatLine, logLine } from './log.ts';
import { masked } from './secret-mask.ts';

const levels = { debug: 'debug', trace: 'debug', log: 'info', info: 'info', warn: 'warning', error: 'error' } as const satisfies Record<
  string,
  LogLevelName
>;

/**
 * From now on, what user code writes with `console` goes into the run's log instead of the standard streams. Only a run host does this.
 * What is written outside of any task or child flow belongs to `flowRunId`.
 * @returns a function that undoes it
 */
export function captureConsole(port: EnginePort, flowRunId: RunContext['run']['flowRunId']): () => void {
  const methods = Object.entries(levels).map(([name, level]) => ({ name, level, original: Reflect.get(console, name) as unknown }));
  for (const { name, level } of methods) {
    Reflect.set(console, name, (...data: readonly unknown[]) => {
      const context = currentContext();
      port.log(
        logLine(level, formatLine(data), {
          clock: port.clock,
          flow_run_id: context?.run.flowRunId ?? flowRunId,
          task: context?.task?.id,
          name: 'tributary.console',
        }),
      );
    });
  }
  const streams = [process.stdout, process.stderr].map((stream) => ({ stream, write: maskWrites(stream) }));
  return () => {
    for (const { name, original } of methods) Reflect.set(console, name, original);
    for (const { stream, write } of streams) stream.write = write;
  };
}

/** What is written past the console reaches the log through the worker: without secrets at least. @returns the former method */
function maskWrites(stream: NodeJS.WriteStream): typeof stream.write {
  const write = stream.write;
  Reflect.set(stream, 'write', (chunk: unknown, ...rest: unknown[]): unknown => Reflect.apply(write, stream, [maskChunk(chunk), ...rest]));
  return write;
}

/** Bytes stay as they are unless they hold a secret. */
function maskChunk(chunk: unknown): unknown {
  if (typeof chunk === 'string') return masked(chunk);
  if (!(chunk instanceof Uint8Array)) return chunk;
  const text = Buffer.from(chunk).toString();
  const safe = masked(text);
  return safe === text ? chunk : Buffer.from(safe);
}
