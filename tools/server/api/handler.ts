import type { AnswerOf, PathOf, Route } from '@tributary/contract/routes/route';
import type { z } from 'zod';

import type { Database } from '../store/database/database.ts';
import type { Queries } from '../store/reader/queries.ts';
import type { Transaction } from '../store/database/write.ts';
import type { Server } from './server.ts';

/** A request, parsed by its route. */
export interface RouteRequest<R extends Route> {
  readonly path: PathOf<R>;
  readonly query: R extends { readonly query: infer Schema extends z.ZodType } ? z.output<Schema> : undefined;
  readonly body: R extends { readonly body: infer Schema extends z.ZodType } ? z.output<Schema> : undefined;
  /** when the request was read, in integer microseconds */
  readonly at: number;
  /** @param name in lower case */
  header(name: string): string | undefined;
  /** @returns a signal that aborts when the client closes the connection */
  gone(): AbortSignal;
}

export type Reply<R extends Route> = {
  readonly status: R['status'][number];
  readonly headers?: Readonly<Record<string, string>>;
} & (
  | { readonly body: AnswerOf<R>; readonly text?: undefined }
  /** sent unchanged, as JSON unless a header gives another type */
  | { readonly text: string; readonly body?: undefined }
);

/**
 * Answers a route's requests. `write` runs in a transaction of the group commit. `read` reads single rows between two commits. `serve` is
 * asynchronous, for example for a long poll.
 */
export type Handler<R extends Route> =
  | { readonly write: (tx: Transaction, request: RouteRequest<R>, server: Server) => Reply<R> }
  | { readonly read: (database: Database, request: RouteRequest<R>, server: Server) => Reply<R> }
  | { readonly serve: (request: RouteRequest<R>, server: Server) => Promise<Reply<R>> };

/** The handler of a route for a list: the reader's thread runs the query that has the route's name. */
export interface Query {
  readonly query: true;
}

/** A handler for each route of a table. */
export type Handlers<Table extends Readonly<Record<string, Route>>> = {
  readonly [Name in keyof Table]: Handler<Table[Name]> | (Name extends keyof Queries ? Query : never);
};
