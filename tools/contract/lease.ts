/** A lease lapses after this long, in seconds, unless renewed at three quarters of it. */
export const defaultLeaseSeconds = 300;
