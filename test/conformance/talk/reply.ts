/** Replaces an id that is missing in an answer, so that the script continues and its other steps are compared too. */
const noId = '00000000-0000-4000-8000-000000000000';

/** The answer to one request. */
export interface Reply {
  readonly status: number;
  /** parsed JSON; undefined if the body was empty, the text itself if it isn't JSON */
  readonly body: unknown;
  /** the value at a path inside the body; undefined if there is none */
  at(...path: readonly (string | number)[]): unknown;
  /** the text at a path inside the body; {@link noId} if there is none */
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
