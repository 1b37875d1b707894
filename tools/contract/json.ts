import { z } from 'zod';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** An object whose values are left as they came. */
export const jsonObject = z.record(z.string(), z.unknown());
export type JsonObject = z.output<typeof jsonObject>;
