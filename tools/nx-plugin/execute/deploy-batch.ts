import { together } from './nx-executor.ts';

export default together('deploy');
