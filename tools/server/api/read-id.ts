import type { z } from 'zod';

import { notFound } from './refusal.ts';

/** An id in a path. Errors: 404 for what is no uuid. */
export function readId<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> {
  const parsed = schema.safeParse(text.toLowerCase());
  if (parsed.success) return parsed.data;
  throw notFound(`"${text}" is no id.`);
}
