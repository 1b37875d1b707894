// Whole journeys through the framework, as `npm run test:journeys` and CI run them. The last line is `N passed, N failed`.
import { runVitest } from '../support/vitest.ts';

const { passed, failed } = await runVitest('journeys*', process.argv.slice(2));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
