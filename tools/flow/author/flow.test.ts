import { isTributaryError, TributaryError } from '@tributary/contract/error';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';

import type { ChildInProcessCreate } from '../run/engine-port.ts';
import { record } from '../run/test-support/recording-run.ts';
import { flow } from './flow.ts';
import { logger } from './logger.ts';
import { run } from './run.ts';
import { task } from './task.ts';

it('a flow is a plain function, sync or async, with defaults filled in', async () => {
  const parameters = z.object({ name: z.string(), times: z.int().default(2) });
  const sync = flow({ name: 'sync', parameters }, ({ name, times }) => name.repeat(times));
  const later = flow({ name: 'later', parameters }, async ({ name }) => `hello ${name}`);
  expect(await sync({ name: 'ab' })).toBe('abab');
  expect(await later({ name: 'world' })).toBe('hello world');
  expect(sync.name).toBe('sync');
});

it('invalid, missing and unknown parameters are refused, each with its path', async () => {
  const body = vi.fn<() => void>();
  const strict = flow({ name: 'strict', parameters: z.object({ page: z.object({ size: z.int() }), url: z.url() }) }, body);
  const wrong: unknown = { page: { size: 'x' }, ulr: 'https://a.example' };
  const error = await strict(wrong as never).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'TributaryError', code: 'invalid_parameters' });
  expect(isTributaryError(error) && error.facts.issues?.map(({ path }) => path)).toEqual(expect.arrayContaining(['page.size', 'url']));
  expect(String(error)).toMatch(/flow "strict".*page\.size.*url.*"ulr"/s);
  expect(body).not.toHaveBeenCalled();
});

it.each([
  ['in an object', { page: { size: 1, sise: 2 } }, 'page: Unrecognized key: "sise"'],
  [
    'in an optional array',
    { page: { size: 1 }, filters: [{ name: 'a' }, { name: 'b', nmae: 'c' }] },
    'filters[1]: Unrecognized key: "nmae"',
  ],
  ['in a record', { page: { size: 1 }, by: { x: { n: 1, m: 2 } } }, 'by.x: Unrecognized key: "m"'],
  ['in the option of a union', { page: { size: 1 }, source: { url: 'x', ulr: 'y' } }, 'source: Unrecognized key: "ulr"'],
  ['in a strict object, once', { page: { size: 1 }, strict: { a: 1, b: 2 } }, 'strict: Unrecognized key: "b"'],
])('an unknown key %s is refused, as the server does', async (_, given, message) => {
  const deep = flow(
    {
      name: 'deep',
      parameters: z.object({
        page: z.object({ size: z.int() }),
        filters: z.array(z.object({ name: z.string() })).optional(),
        by: z.record(z.string(), z.object({ n: z.int() })).default({}),
        source: z.union([z.string(), z.object({ url: z.string() })]).nullish(),
        strict: z.strictObject({ a: z.int() }).optional(),
        both: z
          .object({ a: z.int() })
          .and(z.object({ b: z.int() }))
          .optional(),
        loose: z.looseObject({ a: z.int() }).optional(),
      }),
    },
    () => 'ran',
  );
  await expect(deep(given as never)).rejects.toThrow(`The parameters of flow "deep" are not valid: ${message}.`);
  expect(await deep({ page: { size: 1 }, source: 'x', both: { a: 1, b: 2 }, loose: { a: 1, c: 3 } })).toBe('ran');
});

it('a loose schema accepts unknown parameters, and a flow without a schema accepts none', async () => {
  const loose = flow({ name: 'loose', parameters: z.looseObject({ a: z.int() }) }, (parameters) => parameters);
  expect(await loose({ a: 1, b: 2 })).toEqual({ a: 1, b: 2 });
  const none = flow({ name: 'none' }, () => 1);
  expect(await none()).toBe(1);
  await expect(none({ a: 1 } as never)).rejects.toThrow('a: the flow takes no parameters');
});

it('a schema whose check throws makes the parameters invalid, and does not crash the process', async () => {
  const odd = flow(
    {
      name: 'odd',
      parameters: z.object({
        a: z.string().refine(() => {
          throw new Error('boom');
        }),
      }),
    },
    () => 1,
  );
  await expect(odd({ a: 'x' })).rejects.toThrow('The parameters of flow "odd" are not valid: boom');
});

it('the error that a flow threw reaches its caller unchanged', async () => {
  const failure = new RangeError('no');
  const failing = flow({ name: 'failing' }, () => {
    throw failure;
  });
  await expect(failing()).rejects.toBe(failure);
});

it('a failed flow is retried `retries` times, and run() counts the attempts', async () => {
  const attempts: number[] = [];
  const flaky = flow({ name: 'flaky', retries: 2, retryDelay: '10ms' }, () => {
    attempts.push(run().attempt);
    if (attempts.length < 3) throw new Error('not yet');
    return 'done';
  });
  expect(await flaky()).toBe('done');
  expect(attempts).toEqual([1, 2, 3]);

  const tries = vi.fn<() => never>(() => {
    throw new Error('never');
  });
  await expect(flow({ name: 'hopeless', retries: 1 }, tries)()).rejects.toThrow('never');
  expect(tries).toHaveBeenCalledTimes(2);
});

it('a flow that exceeds its timeout ends as FAILED, named TimedOut, and its signal is aborted', async () => {
  let signal: AbortSignal | undefined;
  const slow = flow({ name: 'slow', timeout: '50ms' }, async () => {
    signal = run().signal;
    await new Promise((resolve) => {
      signal?.addEventListener('abort', resolve);
    });
    return 'too late';
  });
  const { start } = record();
  const outcome = await start(slow);
  expect(outcome.state).toMatchObject({ type: 'FAILED', name: 'TimedOut', message: expect.stringContaining('timeout of 0.05 s') });
  expect(signal?.aborted).toBe(true);
  await expect(slow()).rejects.toMatchObject({ code: 'timeout' });
});

it('a result that is JSON of at most 64 kB is stored; another is left out, and the log says why', async () => {
  const give = flow({ name: 'give', parameters: z.object({ what: z.enum(['small', 'large', 'date', 'nothing']) }) }, ({ what }) => {
    if (what === 'nothing') return undefined;
    return { small: { rows: 3 }, large: 'x'.repeat(70_000), date: { at: new Date(0) } }[what];
  });
  const outcome = async (what: string): Promise<{ data: unknown; lines: string[] }> => {
    const { start, lines } = record();
    return { data: (await start(give, { what })).state?.data, lines: lines() };
  };
  expect(await outcome('small')).toEqual({ data: { value: { rows: 3 } }, lines: [] });
  expect(await outcome('nothing')).toEqual({ data: null, lines: [] });
  expect(await outcome('large')).toEqual({ data: null, lines: [expect.stringContaining('takes 70,002 bytes as JSON')] });
  expect(await outcome('date')).toEqual({ data: null, lines: [expect.stringContaining("isn't JSON (at at: a Date)")] });
  expect(await give({ what: 'date' })).toEqual({ at: new Date(0) });
});

it('the hooks for the final state run; an error that a hook throws is logged and changes nothing', async () => {
  const called: string[] = [];
  const hooks = {
    onCompletion: () => {
      called.push('completion');
      throw new Error('the hook is broken');
    },
    onFailure: [() => void called.push('failure 1'), async () => void called.push('failure 2')],
    onCancellation: () => void called.push('cancellation'),
    onCrashed: () => void called.push('crashed'),
  };
  const good = record();
  expect((await good.start(flow({ name: 'good', ...hooks }, () => 1))).state?.type).toBe('COMPLETED');
  expect(good.lines()).toEqual(['The onCompletion hook "onCompletion" failed: the hook is broken']);
  const fail = (): never => {
    throw new Error('no');
  };
  await record().start(flow({ name: 'bad', ...hooks }, fail));
  const wait = task({ name: 'wait', retries: 9, retryDelay: '1h' }, fail);
  for (const code of ['cancelled', 'crashed'] as const) {
    const stopped = record();
    setTimeout(() => stopped.cancel(new TributaryError(code, 'stop')), 20);
    await stopped.start(flow({ name: 'stopped', ...hooks }, () => wait()));
  }
  expect(called).toEqual(['completion', 'failure 1', 'failure 2', 'cancellation', 'crashed']);
});

it('a hook gets the run and its final state, and may call tasks even after a cancel', async () => {
  const seen: unknown[] = [];
  const notify = task({ name: 'notify' }, (text: string) => void seen.push(text));
  const stopped = record();
  const waiting = flow(
    { name: 'waiting', onCancellation: ({ flowRunName }, state) => notify(`${flowRunName} ${state.name} ${state.message}`) },
    () => task({ name: 'fail', retries: 1, retryDelay: '1h' }, () => Promise.reject(new Error('x')))(),
  );
  setTimeout(() => stopped.cancel(new TributaryError('cancelled', 'by Ada')), 20);
  await stopped.start(waiting);
  expect(seen).toEqual([expect.stringMatching(/^waiting-.... Cancelled by Ada$/)]);
});

it('a flow called in a flow is a child run with its own id, and its failure can be caught', async () => {
  const children: ChildInProcessCreate[] = [];
  const child = flow({ name: 'child', parameters: z.object({ fail: z.boolean() }) }, ({ fail }) => {
    if (fail) throw new Error('child failed');
    return run().flowRunId;
  });
  const parent = flow({ name: 'parent' }, async () => {
    const id = await child({ fail: false });
    const error = await child({ fail: true }).catch((thrown: unknown) => String(thrown));
    return { differ: id !== run().flowRunId, error };
  });
  const { start, port } = record();
  const createChildInProcess = port.createChildInProcess.bind(port);
  Object.assign(port, {
    createChildInProcess: (request: Parameters<typeof createChildInProcess>[0]) => {
      children.push(request);
      return createChildInProcess(request);
    },
  });
  expect(await start(parent)).toMatchObject({ completed: true, value: { differ: true, error: 'Error: child failed' } });
  expect(children).toMatchObject([
    { parameters: { fail: false }, standIn: { name: 'child' } },
    { parameters: { fail: true }, standIn: { name: 'child' } },
  ]);
  expect(new Set(children.map(({ standIn }) => standIn.dynamic_key)).size).toBe(2);
});

it('a cancel stops a flow while it waits for a task or child flow, and stops its children', async () => {
  const after = vi.fn<() => void>();
  const child = flow({ name: 'child' }, async () => {
    await task({ name: 'again', retries: 5, retryDelay: '1h' }, () => Promise.reject(new Error('down')))();
    after();
  });
  const parent = flow({ name: 'parent' }, async () => {
    await child();
    after();
  });
  const recording = record();
  setTimeout(() => recording.cancel(new TributaryError('cancelled', 'The run was cancelled.')), 30);
  const outcome = await recording.start(parent);
  expect(outcome).toMatchObject({ completed: false, state: { type: 'CANCELLED', message: 'The run was cancelled.' } });
  expect(recording.statesOf('again-0')).toEqual(['Running', 'AwaitingRetry', 'Cancelled']);
  expect(after).not.toHaveBeenCalled();
});

it('a cancel ends a flow that waits for its next attempt', async () => {
  const recording = record();
  const onCancellation = vi.fn<() => void>();
  const failing = flow({ name: 'failing', retries: 1, retryDelay: '1h', onCancellation }, () => {
    setTimeout(() => recording.cancel(new TributaryError('cancelled', 'enough')), 20);
    throw new Error('no');
  });
  expect((await recording.start(failing)).state).toMatchObject({ type: 'CANCELLED', message: 'enough' });
  expect(onCancellation).toHaveBeenCalledOnce();
});

it('a cancelled flow stays cancelled even when its function returns', async () => {
  const recording = record();
  const stubborn = flow({ name: 'stubborn' }, async () => {
    recording.cancel(new TributaryError('cancelled', 'stop'));
    return 'done';
  });
  expect((await recording.start(stubborn)).state?.type).toBe('CANCELLED');
});

it('a flow waits for all submitted tasks, and fails if its code did not look at a failure', async () => {
  let done = false;
  const slow = task({ name: 'slow' }, async () => {
    await new Promise((resolve) => {
      setTimeout(resolve, 30);
    });
    done = true;
  });
  await flow({ name: 'leaves' }, () => void slow.submit())();
  expect(done).toBe(true);
  const broken = task({ name: 'broken' }, async () => {
    throw new Error('lost?');
  });
  await expect(flow({ name: 'loses' }, () => void broken.submit())()).rejects.toThrow('lost?');
  const late = task({ name: 'late' }, () => new Promise((_, reject) => setTimeout(() => reject(new Error('lost later?')), 10)));
  await expect(flow({ name: 'loses' }, () => void late.submit())()).rejects.toThrow('lost later?');
  await flow({ name: 'looks' }, async () => {
    await broken.submit().wait();
  })();
});

it('a failing flow cancels its unfinished task runs', async () => {
  const hang = task({ name: 'hang' }, () => new Promise(() => undefined));
  const fail = task({ name: 'fail' }, () => Promise.reject(new Error('no')));
  const recording = record();
  const outcome = await recording.start(flow({ name: 'both' }, () => Promise.all([hang(), fail()])));
  expect(outcome.state).toMatchObject({ type: 'FAILED', message: 'Task "fail-0" failed: no' });
  expect(recording.statesOf('hang-0')).toEqual(['Running', 'Cancelled']);
});

it('a failure is logged with its error', async () => {
  const recording = record();
  await recording.start(
    flow({ name: 'broken' }, () => {
      logger.info('%d rows', 3);
      return Reflect.get(Object(null), 'a').b;
    }),
  );
  expect(recording.lines()[0]).toBe('3 rows');
  expect(recording.lines()[1]).toMatch(/^Flow run "broken-.{4}" failed: TypeError: /);
});

it('an invalid name or option is refused at once, with the option', () => {
  expect(() => flow({ name: 'a/b' }, () => 1)).toThrow('A flow\'s name is "a/b"');
  expect(() => flow({ name: 'f', retries: -1 }, () => 1)).toThrow('retries of flow "f" are -1');
  expect(() => flow({ name: 'f', timeout: '5 minutes' as never }, () => 1)).toThrow(
    'timeout of flow "f" is "5 minutes", which isn\'t a duration',
  );
  expect(() => flow({ name: 'f', timeout: 0 }, () => 1)).toThrow('timeout of flow "f" is 0: give more than 0');
  expect(() => flow({ name: 'f', retryDelay: ['1s'] as never }, () => 1)).toThrow(
    'retryDelay of flow "f" is ["1s"], which isn\'t a duration',
  );
  expect(() => flow({ name: 'f', parameters: { limit: z.int() } as never }, () => 1)).toThrow(
    'parameters of flow "f" aren\'t a zod object',
  );
  expect(() => flow({ name: 'f' }, undefined as never)).toThrow('Flow "f" has no function');
  expect(() => task({ name: 't' }, undefined as never)).toThrow('Task "t" has no function');
});

it('a result that does not fit its schema fails the run; one that fits is parsed', async () => {
  const result = z.object({ rows: z.int().default(0) });
  const parsed = await record().start(flow({ name: 'load', result }, () => ({})));
  expect(parsed).toMatchObject({ value: { rows: 0 } });
  const wrong = await record().start(flow({ name: 'load', result }, () => ({ rows: Number('1.5') })));
  expect(wrong.state).toMatchObject({
    type: 'FAILED',
    message: expect.stringMatching(/^The result of flow "load" isn't as declared: rows: .+\.$/),
  });
});
