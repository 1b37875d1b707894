import { z } from 'zod';

/** A word that a newer server has added to a list of fixed words. The word is passed on unchanged. */
export type Newer = z.output<typeof newer>;
const newer = z.string().brand('Newer');

/** A schema for a word in an answer: one of the known words, or an unknown word of a newer server. */
export function carried<Word extends z.ZodEnum>(known: Word): z.ZodUnion<readonly [Word, typeof newer]> {
  return z.union([known, newer]);
}
