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
 * Sends everything that user code writes with `console` to the run's log instead of the standard streams. Only a run host calls this.
 * @param flowRunId the run that gets the lines written outside of any flow, such as those of a module while it loads
 * @returns a function that restores the console and the streams
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

/**
 * Masks secrets in what user code writes directly to a stream. The worker reads the stream and logs it.
 * @returns the original `write` method
 */
function maskWrites(stream: NodeJS.WriteStream): typeof stream.write {
  const write = stream.write;
  Reflect.set(stream, 'write', (chunk: unknown, ...rest: unknown[]): unknown => Reflect.apply(write, stream, [maskChunk(chunk), ...rest]));
  return write;
}

/** Masks secrets in a text or in bytes. Bytes without a secret are returned unchanged. */
function maskChunk(chunk: unknown): unknown {
  if (typeof chunk === 'string') return masked(chunk);
  if (!(chunk instanceof Uint8Array)) return chunk;
  const text = Buffer.from(chunk).toString();
  const safe = masked(text);
  return safe === text ? chunk : Buffer.from(safe);
}
