import type { TaskRunId } from './id.ts';

/** One field that was wrong: its path in the input, and why. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** Facts about a request that a server refused. */
interface RefusalFacts {
  readonly status: number;
  /** the request's method and URL */
  readonly call: string;
  /** the server's own sentence */
  readonly reason: string;
  /** the wait that the server asked for, in seconds */
  readonly retryAfter: number;
  readonly issues: readonly Issue[];
}

/** The place in the author's files that caused an error. */
export interface Fault {
  /** relative to the workspace */
  readonly file: string;
  readonly line: number | null;
  /** the error's message without the place */
  readonly message: string;
}

/** For error codes without facts. */
type NoFacts = Readonly<Record<never, never>>;

/** The error codes. Each has the facts that programs may find in its errors. A fact is never a secret's value. */
interface FactsByCode {
  /** no server answers, or no server is configured */
  readonly unreachable: NoFacts;
  /** 401 or 403: no credential, or a wrong one */
  readonly unauthorized: RefusalFacts;
  readonly not_found: RefusalFacts;
  /** the server lacks the requested feature, because it is older or of another kind */
  readonly unsupported: RefusalFacts & { readonly version: string | null };
  /** 409: a duplicate, a reference to something that doesn't exist, or parameters that do not fit their schema */
  readonly conflict: RefusalFacts & {
    /** the name that two deployments have, and the files of both */
    readonly name: string;
    readonly files: readonly string[];
    /** the port that is taken, or the process and the URL of the server that holds the home */
    readonly port: number;
    readonly pid: number;
    readonly url: string;
  };
  /** 400 or 422: a request of a wrong shape */
  readonly invalid_request: RefusalFacts;
  /** 423: no free slot */
  readonly locked: RefusalFacts;
  readonly too_many_requests: RefusalFacts;
  /** 5xx */
  readonly server_error: RefusalFacts;
  /** an answer that doesn't follow the protocol */
  readonly bad_answer: RefusalFacts;
  readonly timeout: RefusalFacts & {
    /** the task run, if it exceeded its own timeout */
    readonly task: TaskRunId;
  };
  readonly cancelled: NoFacts;
  /** a wrong option, name, flag or setting */
  readonly misuse: {
    /** the mistake is in the command line itself: the command exits with 2 */
    readonly commandLine: true;
    /** a repository has the commit, and none of its branches or tags reaches it */
    readonly unreached: true;
  };
  readonly invalid_parameters: {
    readonly issues: readonly Issue[];
    /** the flow, and the field of its parameters that JSON can't hold */
    readonly flow: string;
    readonly path: string;
  };
  readonly invalid_schedule: NoFacts;
  /** a deployments.ts or a flow's file that can't be imported, or lacks what it should export */
  readonly invalid_entrypoint: NoFacts;
  readonly crashed: NoFacts;
  readonly flow_failed: NoFacts;
  /** a disk that is full, a file where a folder should be, a missing permission */
  readonly storage: {
    /** the version of the database, and the newest one that this server knows */
    readonly version: number;
    readonly newest: number;
    /** what the code store has of a repository can't be read */
    readonly damaged: true;
  };
  /** dbt failed, is missing or of another version, or its project can't be used */
  readonly dbt: {
    readonly issues: readonly Issue[];
    readonly exitCode: number | null;
    readonly signal: string | null;
    /** ids of nodes */
    readonly failed: readonly string[];
    readonly skipped: readonly string[];
  };
  /** Postgres refused to load a file. No fact and no message has a row's text. */
  readonly postgres: {
    readonly table: string;
    /** the line of the file */
    readonly line: number;
    readonly column: string;
    /** Postgres' own code, five characters */
    readonly sqlState: string;
  };
  readonly internal: NoFacts;
}

export type ErrorCode = keyof FactsByCode;

type FactName = { [Code in ErrorCode]: keyof FactsByCode[Code] }[ErrorCode];

/** Each code with all facts: `never` for a fact that errors of this code don't have. */
type AllFacts = {
  readonly [Code in ErrorCode]: { readonly [Name in FactName]: Name extends keyof FactsByCode[Code] ? FactsByCode[Code][Name] : never };
};

/**
 * The facts of an error with this code. Any fact may be absent. `error.facts.status` compiles for errors of all codes. An error of any code
 * may have a fault.
 */
export type ErrorFacts<Code extends ErrorCode = ErrorCode> = { readonly [Name in FactName]?: AllFacts[Code][Name] } & {
  readonly fault?: Fault;
};

/** Marks each {@link TributaryError}, in every realm and in every copy of this module. */
const brand: unique symbol = Symbol.for('tributary.error');

/** An error with a message that says what was wrong, where, and what to do next. */
export class TributaryError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'TributaryError';
  readonly code: Code;
  readonly facts: ErrorFacts<Code>;

  constructor(code: Code, message: string, options: { cause?: unknown; facts?: ErrorFacts<Code> } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.facts = options.facts ?? {};
  }

  // A getter on the prototype isn't shown when the error is printed.
  get [brand](): true {
    return true;
  }
}

/**
 * Recognises any {@link TributaryError}, even if another realm or another copy of this module created it. `instanceof` would
 * not recognise such an error.
 * @param code recognises only errors of this code
 */
export function isTributaryError<Code extends ErrorCode = ErrorCode>(value: unknown, code?: Code): value is TributaryError<Code> {
  return typeof value === 'object' && value !== null && brand in value && 'code' in value && (!code || value.code === code);
}

/** The text to print for any thrown value: its message, or the value itself. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Puts the place before a message: `ints/shop/deployments.ts:3: …`. @param fault.file null if the place is unknown */
export function placedMessage({ file, line, message }: Omit<Fault, 'file'> & { readonly file: string | null }): string {
  if (file === null) return message;
  return line === null ? `${file}: ${message}` : `${file}:${line}: ${message}`;
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
