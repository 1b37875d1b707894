/** The JSON Schema of the parameters of the template's flow, for its registry. A test compares it with the result of `nx sync`. */
export const templateParameters = {
  type: 'object',
  properties: { limit: { type: 'integer', minimum: 1, maximum: 1000, default: 10 } },
  additionalProperties: false,
} as const;
