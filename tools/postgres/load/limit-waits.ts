/** Makes each statement of a transaction fail after waiting ten seconds for a lock. */
export const limitWaits = "SET LOCAL lock_timeout = '10s'";
