/** A request to a fake server. */
export interface Request {
  readonly method: string;
  /** the path below the API's URL, with its query */
  readonly path: string;
  /** names in lower case */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** Answers with the body, or with 404 if it is undefined. */
export function found(body: unknown): Reply {
  return body === undefined ? { status: 404, body: { detail: 'not found' } } : { status: 200, body };
}
