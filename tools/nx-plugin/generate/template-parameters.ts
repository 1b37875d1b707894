/** The JSON Schema of the parameters that the template's flow takes, for its registry. A test holds it to what `nx sync` finds. */
export const templateParameters = {
  type: 'object',
  properties: { limit: { type: 'integer', minimum: 1, maximum: 1000, default: 10 } },
  additionalProperties: false,
} as const;
