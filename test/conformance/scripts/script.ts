import type { Talk } from '../talk/talk.ts';

/** Sends the requests of one topic to a server. The suite runs each script on both servers, and compares their answers step by step. */
export type Script = (talk: Talk) => Promise<void>;

/** An id that no record on a server has. */
export const unknownId = '00000000-0000-4000-8000-00000000dead';
