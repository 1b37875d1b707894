-- Requests that were done and are not to be done again: a repeat whose first answer was lost gets that answer.
CREATE TABLE requests (
  id TEXT NOT NULL,
  -- of the contract; an id counts for its route alone
  route TEXT NOT NULL,
  expires INTEGER NOT NULL,
  -- JSON
  answer TEXT NOT NULL,
  PRIMARY KEY (id, route)
) STRICT;
CREATE INDEX requests_by_expiry ON requests (expires);
