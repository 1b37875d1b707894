import { issuesOf, TributaryError } from '@tributary/contract/error';
import { type HostCommand, hostCommand, type HostReport, ticketVersion } from '@tributary/contract/ticket';

/** The IPC channel to the worker that started this process. */
export interface Channel {
  /** Without a wait: small messages go out even from an exit handler. */
  send(report: HostReport): void;
  /** Resolves when the message has left, or can't any more. */
  deliver(report: HostReport): Promise<void>;
}

/**
 * @param on.command called for each message of the worker; what is no such message goes to `failed`
 * @param on.closed called when the worker is gone
 * @returns undefined when nobody started this process with a channel
 */
export function openChannel(on: {
  readonly command: (command: HostCommand) => void;
  readonly failed: (error: TributaryError) => void;
  readonly closed: () => void;
}): Channel | undefined {
  const post = process.send?.bind(process);
  if (!post) return undefined;
  process.on('message', (message) => {
    // A parser made to measure pays after many messages, and one comes: 5 ms.
    const command = hostCommand.safeParse(message, { jitless: true });
    if (command.success) return on.command(command.data);
    const issues = issuesOf(command.error).map(({ path, message: text }) => `${path || 'message'}: ${text}`);
    on.failed(
      new TributaryError(
        'crashed',
        `The worker sent this run host (ticket version ${ticketVersion}) something that it does not understand: ${issues.join('; ')}. Bring @tributary/flow and the worker to the same version.`,
      ),
    );
  });
  process.on('disconnect', on.closed);
  return {
    send(report) {
      // Without a callback a failed send would be thrown later, as an event nobody listens for.
      if (process.connected) post(report, undefined, undefined, () => {});
    },
    deliver: (report) =>
      new Promise((resolve) => {
        if (process.connected) post(report, undefined, undefined, () => resolve());
        else resolve();
      }),
  };
}
