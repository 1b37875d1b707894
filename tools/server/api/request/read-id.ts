import type { z } from 'zod';

import { notFound } from '../refusal.ts';

/** Reads an id in a path. @throws Refusal 404 if it isn't a uuid */
export function readId<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> {
  const parsed = schema.safeParse(text.toLowerCase());
  if (parsed.success) return parsed.data;
  throw notFound(`"${text}" isn't an id.`);
}
