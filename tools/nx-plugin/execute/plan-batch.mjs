import { batch } from './batch.mjs';

export default batch('plan');
