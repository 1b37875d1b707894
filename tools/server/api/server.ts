import type { Reader } from '../store/reader/reader.ts';
import type { Secrets } from '../store/settings/secrets.ts';
import type { Store } from '../store/database/open.ts';
import type { SlotWaits } from './concurrency/slot-waits.ts';

/** What handlers use besides the request. Each running server has one. */
export interface Server {
  readonly store: Store;
  readonly reader: Reader;
  readonly secrets: Secrets;
  readonly slotWaits: SlotWaits;
  /** identifies this process of the server: a new uuid at each start */
  readonly boot: string;
  readonly version: string;
  /** logs a line for the person who runs the server */
  readonly log: (line: string) => void;
}
