/** Stands for an id that an answer lacked, so that a script goes on and the rest of it is compared too. */
const noId = '00000000-0000-4000-8000-000000000000';

/** What came back for one request. */
export interface Reply {
  readonly status: number;
  /** parsed JSON; undefined if the body was empty, the text itself if it isn't JSON */
  readonly body: unknown;
  /** what stands at a path inside the body; undefined when nothing does */
  at(...path: readonly (string | number)[]): unknown;
  /** the text at a path; {@link noId} when there is none */
  text(...path: readonly (string | number)[]): string;
}

export function createReply(status: number, body: unknown): Reply {
  const at = (...path: readonly (string | number)[]): unknown => path.reduce(step, body);
  return {
    status,
    body,
    at,
    text: (...path) => {
      const found = at(...path);
      return typeof found === 'string' ? found : noId;
    },
  };
}

function step(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([name]) => name === String(key))?.[1] : undefined;
}
