import type { z } from 'zod';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** One route of the protocol as data: the server implements it, the client calls it, the documentation lists it. */
export interface Route {
  readonly method: Method;
  /** below `/api`; parameters in braces: `/flow_runs/{id}/set_state` */
  readonly path: `/${string}`;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** what a success answers; absent where the answer has no body (204) */
  readonly answer?: z.ZodType;
  /** the statuses of success, the usual one first */
  readonly status: readonly [number, ...number[]];
  /** whether a repeat would do a second thing: the client names each call, and the server does what it asks once */
  readonly once?: true;
}

/** Names a table of routes without widening their types. */
export function table<const Table extends Readonly<Record<string, Route>>>(routes: Table): Table {
  return routes;
}

type ParameterNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | ParameterNames<Rest> : never;

export type PathOf<R extends Route> = { readonly [Name in ParameterNames<R['path']>]: string };

/** What a caller gives: the path's parameters, and query and body where the route has them. */
export type InputOf<R extends Route> = (keyof PathOf<R> extends never ? unknown : { readonly path: PathOf<R> }) &
  (R extends { readonly query: infer Query extends z.ZodType } ? { readonly query?: z.input<Query> } : unknown) &
  (R extends { readonly body: infer Body extends z.ZodType } ? { readonly body: z.input<Body> } : unknown);

export type AnswerOf<R extends Route> = R extends { readonly answer: infer Answer extends z.ZodType } ? z.output<Answer> : undefined;

/** Headers that Tributary adds to the protocol; everything else beyond it stands below `/api/tributary`. */
export const headers = {
  /** the token of a claim, on the answer to a claim and on each set_state after it */
  claim: 'tributary-claim',
  /** on `/health`: which life of the server; on a heartbeat and a claim: which life of the worker */
  boot: 'tributary-boot',
  /** on a claim or another proposed state: the id of the state in which the run was offered or read; once the run has left it, it is refused */
  offered: 'tributary-offered',
  /** on a claim: the worker's name */
  worker: 'tributary-worker',
  /** a uuid, on what is to be done once: a repeat with the same one is answered as the first was, and does nothing */
  request: 'tributary-request',
  /** `wait=20`: answer when there is something, at the latest after so many seconds */
  prefer: 'prefer',
} as const;
