import type { JsonObject } from '../json.ts';

const issues = {
  type: 'array',
  items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } }, required: ['path', 'message'] },
} as const;

export const refusalSchemas: JsonObject = {
  Refusal: {
    title: 'Refusal',
    description: 'Why a request was refused, in words, under one of two keys as in Prefect’s server.',
    type: 'object',
    properties: {
      detail: { description: 'a sentence', type: 'string' },
      exception_message: { type: 'string' },
      errors: { description: 'which parameters do not fit their schema', ...issues },
    },
  },
  InvalidRequest: {
    title: 'InvalidRequest',
    description: 'A request of a wrong shape: which fields, and why; or a sentence.',
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
  Unauthorized: refusal('No auth string, or a wrong one.'),
  NotFound: refusal('There is no such thing, or the id is no uuid.'),
  Conflict: refusal('It exists already, points to something that does not exist, or its parameters do not fit their schema.'),
  Lost: refusal('The lease has lapsed.'),
  Invalid: {
    description: 'The request has a wrong shape.',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/InvalidRequest' } } },
  },
  Locked: refusal('No free slot: ask again after the time told.', retryAfter),
  Unavailable: refusal('The disk is full, or the server is about to end: ask again after the time told.', retryAfter),
};
