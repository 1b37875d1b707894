/** The server's last answer; undefined if its last request had none. */
export interface Answer {
  readonly status: number;
  /** where the server redirects to */
  readonly location?: string;
  /** the wait that the server asked for */
  readonly retryAfter?: string;
}

const line = /^\S+ \S+\s+(=>|<=) (?:Send|Recv) header:? ?(.*)$/gm;

/** Reads the answers from what git prints with GIT_TRACE_CURL: git's own messages lack most of them, and differ between versions. */
export function readTrace(trace: string): Answer | undefined {
  let answer: Answer | undefined;
  for (const [, direction, text = ''] of trace.matchAll(line)) {
    const [, status] = /^HTTP\/[\d.]+ (\d{3})/.exec(text) ?? [];
    const [, name = '', value = ''] = /^([\w-]+): *(.*?)\s*$/.exec(text) ?? [];
    if (direction === '=>') {
      if (/^(?:GET|POST) /.test(text)) answer = undefined;
    } else if (status) answer = { status: Number(status) };
    else if (answer && name.toLowerCase() === 'location') answer = { ...answer, location: value };
    else if (answer && name.toLowerCase() === 'retry-after') answer = { ...answer, retryAfter: value };
  }
  return answer;
}
