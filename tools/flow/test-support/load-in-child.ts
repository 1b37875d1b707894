import { loadDeployments } from '../deploy.ts';

/** A child process that loads deployments.ts files with Node's own loader: the test runner's would change the imports. */
process.on('message', (message: { file: string; root: string }) => {
  loadDeployments(message.file, { root: message.root }).then(
    (desired) => process.send?.({ desired }),
    ({ code, message: text }) => process.send?.({ error: { code, message: text } }),
  );
});
process.on('disconnect', () => process.exit(0));
