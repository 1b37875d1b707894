export { openCode } from './closure/open-code.ts';
