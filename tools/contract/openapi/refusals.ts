import type { JsonObject } from '../json.ts';

const issues = {
  type: 'array',
  items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } }, required: ['path', 'message'] },
} as const;

export const refusalSchemas: JsonObject = {
  Refusal: {
    title: 'Refusal',
    description: 'Why the server refused the request: a text in detail or exception_message, as in Prefect’s server.',
    type: 'object',
    properties: {
      detail: { description: 'a sentence', type: 'string' },
      exception_message: { type: 'string' },
      errors: { description: "the parameters that don't fit their schema", ...issues },
    },
  },
  InvalidRequest: {
    title: 'InvalidRequest',
    description: 'Why a request is malformed: a list of its wrong fields, or a sentence.',
    type: 'object',
    properties: {
      detail: { type: 'string' },
      exception_message: { type: 'string' },
      exception_detail: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            type: { type: 'string' },
            loc: { type: 'array', items: { type: ['string', 'integer'] } },
            msg: { type: 'string' },
            input: {},
          },
        },
      },
      request_body: {},
    },
  },
};

const retryAfter = { 'Retry-After': { description: 'seconds', schema: { type: 'number' } } };
const refusal = (description: string, headers?: object): object => ({
  description,
  ...(headers ? { headers } : {}),
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Refusal' } } },
});

export const refusals: JsonObject = {
  Unauthorized: refusal('The auth string is missing or wrong.'),
  NotFound: refusal("The resource doesn't exist, or the id isn't a uuid."),
  Conflict: refusal("The resource exists already, refers to something that doesn't exist, or has parameters that don't fit their schema."),
  Lost: refusal('The lease has lapsed.'),
  Invalid: {
    description: 'The request has a wrong shape.',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/InvalidRequest' } } },
  },
  Locked: refusal('No slot is free: try again after the seconds in the Retry-After header.', retryAfter),
  Unavailable: refusal('The disk is full, or the server is stopping: try again after the seconds in the Retry-After header.', retryAfter),
};
