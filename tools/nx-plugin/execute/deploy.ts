import { singly } from './nx-executor.ts';

export default singly('deploy');
