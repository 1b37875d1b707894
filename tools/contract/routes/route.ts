import type { z } from 'zod';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** A route of the protocol as data. The server implements it, the client calls it, the documentation lists it. */
export interface Route {
  readonly method: Method;
  /** below `/api`, with parameters in braces: `/flow_runs/{id}/set_state` */
  readonly path: `/${string}`;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** the body of a successful answer; absent if there is none (204) */
  readonly answer?: z.ZodType;
  /** the statuses of a successful answer, the usual one first */
  readonly status: readonly [number, ...number[]];
  /** true if a repeated request would act twice: the client then sends a request id, so that the server acts only once */
  readonly once?: true;
}

/** Keeps the exact type of each route in a table. */
export function table<const Table extends Readonly<Record<string, Route>>>(routes: Table): Table {
  return routes;
}

type ParameterNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | ParameterNames<Rest> : never;

export type PathOf<R extends Route> = { readonly [Name in ParameterNames<R['path']>]: string };

/** A call's input: the path's parameters, and query and body if the route has them. */
export type InputOf<R extends Route> = (keyof PathOf<R> extends never ? unknown : { readonly path: PathOf<R> }) &
  (R extends { readonly query: infer Query extends z.ZodType } ? { readonly query?: z.input<Query> } : unknown) &
  (R extends { readonly body: infer Body extends z.ZodType } ? { readonly body: z.input<Body> } : unknown);

export type AnswerOf<R extends Route> = R extends { readonly answer: infer Answer extends z.ZodType } ? z.output<Answer> : undefined;

/** The headers that Tributary adds to the protocol. Tributary's own routes have paths below `/api/tributary`. */
export const headers = {
  /** the token of a claim, on the answer to a claim and on each set_state after it */
  claim: 'tributary-claim',
  /** on `/health`: the process of the server; on a heartbeat and a claim: the process of the worker */
  boot: 'tributary-boot',
  /** on a proposed state: the id of the state in which the run was offered or read; the proposal is refused if the run has another state */
  offered: 'tributary-offered',
  /** on a claim: the worker's name */
  worker: 'tributary-worker',
  /** a uuid on requests that act once: a repeat with the same uuid does nothing and gets the first answer again */
  request: 'tributary-request',
  /** `wait=20`: the server answers as soon as it has something to return, at the latest after 20 seconds */
  prefer: 'prefer',
} as const;
