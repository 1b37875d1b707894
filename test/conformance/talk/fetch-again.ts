/**
 * Sends a request up to three times if its connection is closed. Servers close connections that were idle for a while, and `fetch` may have
 * chosen such a connection just before it was closed.
 */
export async function fetchAgain(url: string, options: () => RequestInit): Promise<Response> {
  for (let tries = 1; ; tries += 1)
    try {
      return await fetch(url, options());
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      const closed = cause instanceof Error && 'code' in cause && (cause.code === 'ECONNRESET' || cause.code === 'UND_ERR_SOCKET');
      if (!closed || tries === 3) throw error;
    }
}
