import { z } from 'zod';

/** Nouns that answers share, by their names in the OpenAPI document. */
export const answerNouns = z.registry<{ id: string }>();

/** Nouns that bodies share. They have their own names, because a body may leave out what an answer always has. */
export const bodyNouns = z.registry<{ id: string }>();
