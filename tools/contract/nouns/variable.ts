import { z } from 'zod';

import { writeJson } from '../json.ts';
import { timestamp } from '../time.ts';
import { answerNouns, bodyNouns } from './registries.ts';

const variableName = z
  .string()
  .max(255)
  .regex(/^[a-z0-9_-]+$/, 'a variable name has only lowercase letters, digits, dashes and underscores');

/** A variable, whose value is any JSON of fewer than 5,000 characters. */
export const variableCreate = z.strictObject({
  name: variableName,
  value: z.unknown().refine((value) => writeJson(value ?? null).length < 5000, 'a value must have fewer than 5,000 characters as JSON'),
  tags: z.array(z.string()).nullish(),
});
bodyNouns.add(variableCreate, { id: 'VariableCreate' });
export const variableUpdate = variableCreate.partial();
bodyNouns.add(variableUpdate, { id: 'VariableUpdate' });

export const variable = z.object({
  id: z.guid(),
  created: timestamp,
  updated: timestamp,
  name: z.string(),
  value: z.unknown(),
  tags: z.array(z.string()),
});
answerNouns.add(variable, { id: 'Variable' });
export type Variable = z.output<typeof variable>;
