/** Follows `<the run's id>:` in the idempotency key of a child run that a hook of an ended run creates. */
export const hookKeyPrefix = 'after-';
