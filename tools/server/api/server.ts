import type { Reader } from '../store/reader/reader.ts';
import type { Secrets } from '../store/settings/secrets.ts';
import type { Store } from '../store/database/open.ts';

/** What handlers reach beside the request: one per server. */
export interface Server {
  readonly store: Store;
  readonly reader: Reader;
  readonly secrets: Secrets;
  /** which life of the server this is */
  readonly boot: string;
  readonly version: string;
  /** one line for the person who runs the server */
  readonly log: (line: string) => void;
}
