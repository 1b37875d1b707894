import type { AnswerOf, PathOf, Route } from '@tributary/contract/routes/route';
import type { z } from 'zod';

import type { Database } from '../store/database/database.ts';
import type { Queries } from '../store/reader/queries.ts';
import type { Transaction } from '../store/database/write.ts';
import type { Server } from './server.ts';

/** What a request asks, parsed by its route. */
export interface Asked<R extends Route> {
  readonly path: PathOf<R>;
  readonly query: R extends { readonly query: infer Schema extends z.ZodType } ? z.output<Schema> : undefined;
  readonly body: R extends { readonly body: infer Schema extends z.ZodType } ? z.output<Schema> : undefined;
  /** when the request was read: integer microseconds */
  readonly at: number;
  /** @param name in lower case */
  header(name: string): string | undefined;
  /** aborts when the client hangs up */
  gone(): AbortSignal;
}

export type Reply<R extends Route> = {
  readonly status: R['status'][number];
  readonly headers?: Readonly<Record<string, string>>;
} & (
  | { readonly body: AnswerOf<R>; readonly text?: undefined }
  /** sent as it is: JSON, unless a header says otherwise */
  | { readonly text: string; readonly body?: undefined }
);

/**
 * How a route is answered: by a job of the group commit, by a look at single rows between two groups, by a query in the reader's thread,
 * or by a promise that may take its time.
 */
export type Handling<R extends Route> =
  | { readonly write: (tx: Transaction, asked: Asked<R>, server: Server) => Reply<R> }
  | { readonly read: (database: Database, asked: Asked<R>, server: Server) => Reply<R> }
  | { readonly serve: (asked: Asked<R>, server: Server) => Promise<Reply<R>> };

/** A list: its query has the route's name. */
export interface Query {
  readonly query: true;
}

/** One handling for every route of a table. */
export type Handlers<Table extends Readonly<Record<string, Route>>> = {
  readonly [Name in keyof Table]: Handling<Table[Name]> | (Name extends keyof Queries ? Query : never);
};
