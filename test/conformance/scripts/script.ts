import type { Talk } from '../talk/talk.ts';

/** What one topic asks of a server. It is run on both, and what came is compared step by step. */
export type Script = (talk: Talk) => Promise<void>;

/** An id that nothing has. */
export const unknownId = '00000000-0000-4000-8000-00000000dead';
