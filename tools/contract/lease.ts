/** How long a lease lasts, in seconds. Holders renew it after three quarters of that time. */
export const defaultLeaseSeconds = 300;
