/**
 * What is left of slots that decay. They decay in whole units: the remainder of a unit is carried over in `at`.
 * @param since when the amount was counted, in integer microseconds
 * @param now in integer microseconds
 * @returns the amount left, and the time from which its next unit decays
 */
export function decayed(amount: number, since: number, perSecond: number, now: number): { readonly amount: number; readonly at: number } {
  if (perSecond === 0 || amount === 0) return { amount, at: now };
  const gone = Math.floor((Math.max(0, now - since) / 1e6) * perSecond);
  return gone >= amount ? { amount: 0, at: now } : { amount: amount - gone, at: since + Math.round((gone / perSecond) * 1e6) };
}
