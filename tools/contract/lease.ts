/** How long a lease lasts, in seconds. Holders renew it after three quarters of that time. */
export const defaultLeaseSeconds = 300;
/**
 * Seconds until the first renewal of a deployment's lease. The server creates that lease, for 30 s or more, depending on the grace period and
 * the server's settings.
 */
export const firstRenewalSeconds = 20;
