const requests = 100;
const milliseconds = 10_000;

/**
 * DummyJSON's rate limit: 100 requests per 10 seconds and client.
 * @returns a function that counts a request, and returns how many seconds the client must wait: 0 if the request is allowed
 */
export function createRateLimit(): (client: string, now: number) => number {
  const windows = new Map<string, { began: number; count: number }>();
  return (client, now) => {
    const known = windows.get(client);
    const window = known && now - known.began < milliseconds ? known : { began: now, count: 0 };
    window.count += 1;
    windows.set(client, window);
    return window.count <= requests ? 0 : Math.ceil((window.began + milliseconds - now) / 1000);
  };
}
