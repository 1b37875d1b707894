import type { FlowRunId, Issue } from '@tributary/contract';

/** An HTTP error answer. Handlers throw it; what their transaction wrote is rolled back. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  /** the field of the body that is refused, if `body` doesn't say it */
  readonly field: string | undefined;

  constructor(status: number, body: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>> = {}, field?: string) {
    super(String(body['detail'] ?? body['exception_message'] ?? status));
    this.status = status;
    this.body = body;
    this.headers = headers;
    this.field = field;
  }

  /** Adds the request's body to a refusal that names fields of the body, unless the refusal already repeats it. */
  withBody(body: unknown): Refusal {
    if (!('exception_detail' in this.body) || 'request_body' in this.body) return this;
    return new Refusal(this.status, { ...this.body, request_body: body ?? null }, this.headers);
  }
}

/**
 * @param what the whole sentence, for example `Flow run 7e… not found`
 * @param field the field of the body that names it
 */
export function notFound(what: string, field?: string): Refusal {
  return new Refusal(404, { detail: what }, {}, field);
}

/** The refusal of an unknown run, in the format of Prefect's routes `set_state`, `resume` and `labels`. */
export function noFlowRun(id: FlowRunId): Refusal {
  return new Refusal(404, { exception_message: `Flow run with id ${id} not found` });
}

/** The refusal of a method that the path doesn't support. */
export function notAllowed(methods: readonly string[]): Refusal {
  return new Refusal(405, { detail: 'Method Not Allowed' }, { allow: methods.join(', ') });
}

export function conflict(detail: string, errors?: readonly Issue[]): Refusal {
  return new Refusal(409, errors ? { detail, errors } : { detail });
}

export function invalid(detail: string, field?: string): Refusal {
  return new Refusal(422, { detail }, {}, field);
}

/**
 * The refusal of a body or query that fails validation, in FastAPI's format.
 * @param body the refused body; undefined if it may hold a secret or isn't known
 */
export function malformed(
  fields: readonly { readonly loc: readonly (string | number)[]; readonly msg: string; readonly type: string }[],
  body?: unknown,
): Refusal {
  return new Refusal(422, {
    exception_message: 'Invalid request received.',
    exception_detail: fields,
    ...(body === undefined ? {} : { request_body: body }),
  });
}
