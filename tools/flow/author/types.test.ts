import { expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';

import { allowFailure } from './allow-failure.ts';
import { concurrency, rateLimit } from './concurrency.ts';
import type { Deployments } from './children/deployment-registry.ts';
import { deployFactory } from './deployment/deploy-factory.ts';
import { externalDeployment } from './children/external-deployment.ts';
import { flow } from './flow.ts';
import { pause, suspend } from './pause/pause.ts';
import { exponentialBackoff, retryAfter } from './retry.ts';
import { type CreateFlowRun, createFlowRun } from './children/create-flow-run.ts';
import { resultOf } from './children/result-of.ts';
import type { RunDeployment } from './children/run-deployment.ts';
import { runDeployment } from './children/run-deployment.ts';
import { waitForFlowRun } from './children/wait-for-flow-run.ts';
import { task } from './task.ts';
import { variable } from './variable.ts';
import type { WithDeployments } from './children/with-deployments.ts';

/** A registry as `nx sync` writes it. */
interface Registry {
  'dbt-command-flow/dbt_downstream_model': { subCmd?: 'run' | 'build' | undefined; models?: string | undefined };
  'export/nightly': { baseUrl?: string | undefined };
}

/** The results that `nx sync` knows. */
interface Results {
  'export/nightly': { rows: number };
}

// tsc checks these calls; they never run.
const never = (calls: () => unknown): void => expect(calls).toBeTypeOf('function');

it('runDeployment takes the names of the registry, each with its parameters', () => {
  expectTypeOf(runDeployment).toExtend<RunDeployment<Deployments>>();
  never(() => {
    const fire: RunDeployment<Registry> = Object.assign(() => Promise.reject(new Error('types only')), {
      unchecked: runDeployment.unchecked,
    });
    void fire('dbt-command-flow/dbt_downstream_model', { timeout: 0, parameters: { subCmd: 'run' } });
    void fire('export/nightly', { timeout: '10m', scheduledTime: new Date() });
    // An optional parameter of the calling flow is passed on.
    flow({ name: 'parent', parameters: z.object({ baseUrl: z.url().optional() }) }, (own) => fire('export/nightly', { parameters: own }));
    // @ts-expect-error an unknown deployment
    void fire('dbt-command-flow/dbt_downstrem_model');
    // @ts-expect-error a parameter of another type
    void fire('dbt-command-flow/dbt_downstream_model', { parameters: { subCmd: 'seed' } });
    // @ts-expect-error an unknown parameter
    void fire('export/nightly', { parameters: { subCmd: 'run' } });
    // @ts-expect-error an unknown unit
    void fire('export/nightly', { timeout: '10 minutes' });
    void fire.unchecked(`export/${String(1)}`, { parameters: { anything: 1 } });
    const outside = externalDeployment('py-flow/nightly', z.object({ day: z.string() }));
    void fire(outside, { parameters: { day: 'monday' } });
    // @ts-expect-error a parameter of another type
    void fire(outside, { parameters: { day: 1 } });
    return fire('export/nightly').then(({ state }) => expectTypeOf(state.type).toExtend<string>());
  });
});

it('createFlowRun takes the same names and parameters, and nothing that only a wait has', () => {
  expectTypeOf(createFlowRun).toExtend<CreateFlowRun<Deployments>>();
  expectTypeOf<Parameters<CreateFlowRun<Registry>>[0]>().toEqualTypeOf<keyof Registry>();
  never(() => {
    const create: CreateFlowRun<Registry> = Object.assign(() => Promise.reject(new Error('types only')), {
      unchecked: createFlowRun.unchecked,
    });
    void create('dbt-command-flow/dbt_downstream_model', { parameters: { subCmd: 'run' }, queue: 'slow' });
    // @ts-expect-error an unknown deployment
    void create('export/nigthly');
    // @ts-expect-error a parameter of another type
    void create('export/nightly', { parameters: { baseUrl: 1 } });
    // @ts-expect-error createFlowRun doesn't wait, so it takes no timeout
    void create('export/nightly', { timeout: '1h' });
    void create('export/nightly').then(async (run) => {
      const result = resultOf(await waitForFlowRun(run));
      // @ts-expect-error the type of the result is unknown
      return result.rows;
    });
  });
});

it('resultOf has the type that the registry knows, else unknown', () => {
  never(async () => {
    const fire: RunDeployment<Registry, Results> = Object.assign(() => Promise.reject(new Error('types only')), {
      unchecked: runDeployment.unchecked,
    });
    const create: CreateFlowRun<Registry, Results> = Object.assign(() => Promise.reject(new Error('types only')), {
      unchecked: createFlowRun.unchecked,
    });
    expectTypeOf(resultOf(await fire('export/nightly'))).toEqualTypeOf<{ rows: number } | undefined>();
    expectTypeOf(resultOf(await waitForFlowRun(await create('export/nightly')))).toEqualTypeOf<{ rows: number } | undefined>();
    expectTypeOf(resultOf(await fire('dbt-command-flow/dbt_downstream_model'))).toEqualTypeOf<unknown>();
    expectTypeOf(resultOf(await fire.unchecked('a/b'))).toEqualTypeOf<unknown>();
    expectTypeOf(resultOf(await waitForFlowRun('00000000-0000-4000-8000-000000000000'))).toEqualTypeOf<unknown>();
  });
});

it('a flow returns what its result schema declares', () => {
  const rows = z.object({ rows: z.int() });
  const load = flow({ name: 'load', result: rows }, async () => ({ rows: 1 }));
  const one = flow({ name: 'one', parameters: z.object({ day: z.string() }), result: z.string().transform(Number) }, ({ day }) => day);
  never(() => {
    expectTypeOf(load()).resolves.toEqualTypeOf<{ rows: number }>();
    expectTypeOf(one({ day: '1' })).resolves.toEqualTypeOf<number>();
    // @ts-expect-error rows is text
    void flow({ name: 'load', result: rows }, () => ({ rows: '1' }));
    // @ts-expect-error rows is missing
    return flow({ name: 'load', result: rows }, async () => ({}));
  });
});

it('the compiler’s error about an unknown deployment lists the known ones', () => {
  // TypeScript explains a wrong call by the last signature, which is also the one that Parameters<> reads.
  expectTypeOf<Parameters<RunDeployment<Registry>>[0]>().toEqualTypeOf<keyof Registry>();
});

it('withDeployments takes stubs for the names of the registry', () => {
  expect(runDeployment).toHaveProperty('unchecked');
  never(() => {
    const stand: WithDeployments<Registry> = Object.assign(() => Promise.reject(new Error('types only')), {
      unchecked: () => Promise.reject(new Error('types only')),
    });
    void stand({ 'export/nightly': ({ baseUrl }) => baseUrl?.length }, () => 1);
    // @ts-expect-error an unknown deployment
    void stand({ 'export/nigthly': () => 1 }, () => 1);
    // @ts-expect-error an unknown parameter
    return stand({ 'export/nightly': ({ limit }) => limit }, () => 1);
  });
});

it('a flow takes the input of its schema, and resolves to its function’s result', () => {
  const products = flow({ name: 'f', parameters: z.object({ limit: z.int().default(30), url: z.string() }) }, async ({ limit, url }) => {
    expectTypeOf(limit).toEqualTypeOf<number>();
    return { url };
  });
  const none = flow({ name: 'none' }, () => 1);
  const optional = flow({ name: 'optional', parameters: z.object({ limit: z.int().default(30) }) }, ({ limit }) => limit);
  never(() => {
    expectTypeOf(products({ url: 'x' })).resolves.toEqualTypeOf<{ url: string }>();
    expectTypeOf(none()).resolves.toEqualTypeOf<number>();
    void optional();
    // @ts-expect-error url is missing
    void products();
    // @ts-expect-error url is missing
    void products({ limit: 1 });
    // @ts-expect-error a value of another type
    void products({ url: 1 });
    // @ts-expect-error an unknown parameter
    void products({ url: 'x', ulr: 'y' });
    // @ts-expect-error the flow takes no parameters
    void none({ a: 1 });
    const parameters = z.object({ limit: z.int().default(30), url: z.string() });
    void flow({ name: 'g', parameters, runName: 'load {url} {limit}' }, () => 1);
    void flow({ name: 'g', parameters, runName: ({ limit }) => `load ${limit.toFixed()}` }, ({ url }) => url.length);
    void flow({ name: 'g', runName: 'nightly' }, () => 1);
    // @ts-expect-error an unknown parameter
    void flow({ name: 'g', parameters, runName: 'load {ulr}' }, () => 1);
    // @ts-expect-error a value of another type
    void flow({ name: 'g', parameters, runName: ({ limit }) => limit }, () => 1);
    // @ts-expect-error the flow takes no parameters
    return flow({ name: 'g' }, ({ limit }) => limit);
  });
});

it('a task takes its arguments or futures of them, in every form of call', () => {
  const page = task({ name: 'page', cache: (n) => n }, async (n: number, base: string) => [base, n] as const);
  const count = task({ name: 'count' }, (rows: readonly (readonly [string, number])[]) => rows.length);
  const one = task({ name: 'one' }, (options: { n: number }) => options.n);
  never(() => {
    expectTypeOf(page(1, 'x')).resolves.toEqualTypeOf<readonly [string, number]>();
    const future = one.submit({ n: 1 });
    expectTypeOf(future.result()).resolves.toEqualTypeOf<number>();
    void page(future, 'x');
    void one({ n: future });
    const pages = page.map([1, future, 3], { with: ['x'], concurrency: 2 });
    void count(pages);
    expectTypeOf(pages.result()).resolves.toEqualTypeOf<(readonly [string, number])[]>();
    expectTypeOf(one.map([{ n: 1 }]).result()).resolves.toEqualTypeOf<number[]>();
    const either = task({ name: 'either' }, (row: number | Error) => row instanceof Error);
    const rows = task({ name: 'rows' }, (all: readonly (number | Error)[]) => all.length);
    void either(allowFailure(future));
    void rows(allowFailure(one.map([{ n: 1 }])));
    void rows([1, future, allowFailure(future)]);
    void count.with({ waitFor: [allowFailure(future), future, pages] });
    // @ts-expect-error the task takes no Error
    void page(allowFailure(future), 'x');
    // @ts-expect-error an argument is missing
    void page(1);
    // @ts-expect-error a value of another type
    void page('1', 'x');
    // @ts-expect-error a future of another type
    void page(1, future);
    // @ts-expect-error the second argument is missing
    void page.map([1, 2]);
    // @ts-expect-error items of another type
    void one.map([1, 2]);
    return page.with({ retries: 3, waitFor: [future] }).submit(1, 'x');
  });
});

it('a retry’s delay is a duration, a list, or a function of the failure', () => {
  const body = (): number => 1;
  never(() => {
    void task({ name: 't', retries: 3, retryDelay: '1s' }, body);
    void task({ name: 't', retryDelay: ['1s', 10, '5m'], retryAfterLimit: '1h' }, body);
    void task({ name: 't', retries: 3, retryDelay: exponentialBackoff('1s', { longest: '5m', factor: 3 }) }, body);
    void task({ name: 't', retries: 3, retryDelay: (failure, attempt) => (failure instanceof Error ? attempt : '1m') }, body);
    void task({ name: 't' }, body).with({ retryDelay: () => '1s' });
    expectTypeOf(exponentialBackoff('1s')).toEqualTypeOf<(failure: unknown, attempt: number) => number>();
    expectTypeOf(retryAfter('2s', new Error('busy'))).toEqualTypeOf<Error>();
    // @ts-expect-error the old form, which returned a list
    void task({ name: 't', retries: 3, retryDelay: (retries: number) => Array.from({ length: retries }, () => 1) }, body);
    // @ts-expect-error a list from a function
    void task({ name: 't', retries: 3, retryDelay: () => ['1s'] }, body);
    // @ts-expect-error the old form, called with the number of retries
    void exponentialBackoff('1s')(3);
    // @ts-expect-error a promise of a delay
    void task({ name: 't', retries: 3, retryDelay: async () => '1s' }, body);
    // @ts-expect-error the type of `failure` is unknown
    void task({ name: 't', retries: 3, retryDelay: (failure) => failure.seconds }, body);
    // @ts-expect-error the server retries flows, with the same delay before each retry
    void flow({ name: 'f', retries: 3, retryDelay: exponentialBackoff('1s') }, body);
    // @ts-expect-error an unknown unit
    void retryAfter('2 minutes', new Error('busy'));
    // @ts-expect-error a failure without an error
    void retryAfter('2s');
    // @ts-expect-error an unknown unit
    return task({ name: 't', retryAfterLimit: '10 minutes' }, body);
  });
});

it('a deployment takes the parameters of its flow', () => {
  const products = flow({ name: 'f', parameters: z.object({ limit: z.int().default(30), url: z.string() }) }, () => 1);
  expect(products.name).toBe('f');
  never(() => {
    void deployFactory({ name: 'd', flow: products, parameters: { limit: 1 } });
    void deployFactory({ name: 'd', flow: products, inputs: ['../shared/sql/**'] });
    void deployFactory({ name: 'd', flow: products, keepLive: ['parameters.limit', 'job_variables.env.X', 'description'] });
    // @ts-expect-error: the flow doesn't take this parameter
    void deployFactory({ name: 'd', flow: products, keepLive: ['parameters.limt'] });
    // @ts-expect-error: a deploy keeps it anyway
    void deployFactory({ name: 'd', flow: products, keepLive: ['paused'] });
    // @ts-expect-error -- inputs is a list
    void deployFactory({ name: 'd', flow: products, inputs: '../shared/sql/**' });
    // @ts-expect-error a value of another type
    void deployFactory({ name: 'd', flow: products, parameters: { limit: 'x' } });
    // @ts-expect-error an unknown parameter
    void deployFactory({ name: 'd', flow: products, parameters: { limt: 1 } });
    void deployFactory({
      name: 'd',
      flow: products,
      cron: { cron: '0 0 * * *', parameters: { limit: 1 } },
      schedules: [{ interval: '15m', slug: 'often', active: false }, { rrule: 'FREQ=DAILY', parameters: { url: 'x' } }, { cron: '@daily' }],
      concurrencyLimit: { limit: 1, collisionStrategy: 'CANCEL_NEW', gracePeriod: '5m' },
    });
    // @ts-expect-error two rules in one schedule
    void deployFactory({ name: 'd', flow: products, schedules: [{ cron: '@daily', interval: '1d' }] });
    // @ts-expect-error a schedule without a rule
    void deployFactory({ name: 'd', flow: products, schedules: [{ slug: 'x' }] });
    // @ts-expect-error an anchor without an interval
    void deployFactory({ name: 'd', flow: products, schedules: [{ cron: '@daily', anchor: '2026-01-01' }] });
    // @ts-expect-error an unknown unit
    void deployFactory({ name: 'd', flow: products, schedules: [{ interval: '1 day' }] });
    // @ts-expect-error a parameter of another type
    void deployFactory({ name: 'd', flow: products, schedules: [{ interval: '1d', parameters: { limit: 'x' } }] });
    // @ts-expect-error an unknown parameter
    void deployFactory({ name: 'd', flow: products, schedules: [{ interval: '1d', parameters: { limt: 1 } }] });
    // @ts-expect-error an unknown strategy
    void deployFactory({ name: 'd', flow: products, concurrencyLimit: { limit: 1, collisionStrategy: 'WAIT' } });
    // @ts-expect-error not a flow
    return deployFactory({ name: 'd', flow: () => 1 });
  });
});

it('a pause resolves to the input of its schema', () => {
  never(() => {
    expectTypeOf(pause({ input: z.object({ rows: z.int().default(1) }) })).resolves.toEqualTypeOf<{ rows: number }>();
    expectTypeOf(suspend({ timeout: null, key: 'a' })).resolves.toEqualTypeOf<void>();
    // @ts-expect-error not a zod object
    void pause({ input: z.string() });
    // @ts-expect-error an unknown unit
    void pause({ timeout: '5 minutes' });
    // @ts-expect-error suspend has no pollInterval
    return suspend({ pollInterval: '1s' });
  });
});

it('concurrency resolves to the result of its work', () => {
  never(() => {
    expectTypeOf(concurrency('db', () => 1)).resolves.toEqualTypeOf<number>();
    expectTypeOf(concurrency(['db', 'api'], { slots: 2, timeout: '1m', strict: true }, async () => 'x')).resolves.toEqualTypeOf<string>();
    // @ts-expect-error without work
    void concurrency('db', { slots: 2 });
    // @ts-expect-error an unknown option
    return rateLimit('db', { slot: 2 });
  });
});

it('a variable has the type of its default or schema', () => {
  never(() => {
    expectTypeOf(variable('a', 1)).resolves.toEqualTypeOf<number>();
    expectTypeOf(variable('a')).resolves.toEqualTypeOf<unknown>();
    return expectTypeOf(variable('a', z.object({ b: z.int() }))).resolves.toEqualTypeOf<{ b: number }>();
  });
});
