import { z } from 'zod';

/** Nouns that answers share, by their names in the OpenAPI document. */
export const answerNouns = z.registry<{ id: string }>();

/** Nouns that bodies share. They are kept apart from those of answers, because a body may leave out fields that an answer always has. */
export const bodyNouns = z.registry<{ id: string }>();
