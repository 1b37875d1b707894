import { z } from 'zod';

/** A word of a closed list that a newer server has added: carried as it is. */
export type Newer = z.output<typeof newer>;
const newer = z.string().brand('Newer');

/** The words that we know, and in an answer those too that a newer server knows. */
export function carried<Word extends z.ZodEnum>(known: Word): z.ZodUnion<readonly [Word, typeof newer]> {
  return z.union([known, newer]);
}
