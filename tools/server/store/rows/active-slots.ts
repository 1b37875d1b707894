/**
 * An SQL expression for the slots in use of a concurrency limit `l`: the slots of leases that haven't lapsed, and the counted slots that
 * haven't decayed. The only parameter is the time in integer microseconds.
 */
export const activeSlots = `
  (SELECT n.slots + max(0, l.counted_slots - CAST(l.slot_decay_per_second * max(0, n.now - l.counted_at) / 1000000 AS INTEGER))
   FROM (SELECT now, coalesce((SELECT sum(slots) FROM leases WHERE concurrency_limit_id = l.id AND expires > now), 0) AS slots
         FROM (SELECT ? AS now)) n)`;
