/** The kinds of error. A message says what was wrong, where, and what to do next. */
export type ErrorCode =
  /** no server answers, or no server is configured */
  | 'unreachable'
  /** 401 or 403: no credential, or a wrong one */
  | 'unauthorized'
  | 'not_found'
  /** the server lacks what was asked for: it is older, or of another kind */
  | 'unsupported'
  /** 409: a duplicate, a foreign key, or parameters that do not fit their schema */
  | 'conflict'
  /** 400 or 422: a request of a wrong shape */
  | 'invalid_request'
  /** 423: no free slot */
  | 'locked'
  | 'too_many_requests'
  /** 5xx */
  | 'server_error'
  /** an answer that doesn't follow the protocol */
  | 'bad_answer'
  | 'timeout'
  | 'cancelled'
  /** a wrong option, name, flag or setting */
  | 'misuse'
  | 'invalid_parameters'
  | 'invalid_schedule'
  /** a deployments.ts or a flow's file that can't be imported, or lacks what it should export */
  | 'invalid_entrypoint'
  | 'crashed'
  | 'flow_failed'
  /** a disk that is full, a file where a folder should be, a missing permission */
  | 'storage'
  /** dbt failed, is missing or of another version, or its project can't be used */
  | 'dbt'
  | 'internal';

/** One field that was wrong: its path in the input, and why. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** Facts about an error, for programs: never a secret's value. */
export interface ErrorFacts {
  readonly status?: number;
  readonly issues?: readonly Issue[];
  /** the wait that the server asked for, in seconds */
  readonly retryAfter?: number;
  readonly [fact: string]: unknown;
}

export class TributaryError extends Error {
  override readonly name = 'TributaryError';
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; facts?: ErrorFacts } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.facts = options.facts ?? {};
  }
}

/** Recognises a {@link TributaryError} of another copy of this module too, where `instanceof` fails. */
export function isTributaryError(value: unknown, code?: ErrorCode): value is TributaryError {
  return value instanceof Error && value.name === 'TributaryError' && 'code' in value && (!code || value.code === code);
}

/** The text to print for any thrown value: its message, or the value itself. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** zod's issues as path and message: `schedules[0].cron: …`. */
export function issuesOf(error: {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}): Issue[] {
  return error.issues.map(({ path, message }) => ({
    path: path.reduce<string>(
      (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text ? `${text}.${String(key)}` : String(key)),
      '',
    ),
    message,
  }));
}
