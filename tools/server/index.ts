export { openStore } from './store/open.ts';
