import { loadDeployments } from '../deploy.ts';

/** A program of its own: loads the deployments.ts files that it is sent, as Node does it and not as the test runner would. */
process.on('message', (message: { file: string; root: string }) => {
  loadDeployments(message.file, { root: message.root }).then(
    (desired) => process.send?.({ desired }),
    ({ code, message: text }) => process.send?.({ error: { code, message: text } }),
  );
});
process.on('disconnect', () => process.exit(0));
