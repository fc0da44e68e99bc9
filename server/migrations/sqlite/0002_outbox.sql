-- The batches that the broker is not known to have: one row a batch, in the
-- transaction that records it, removed once it was applied.
CREATE TABLE outbox (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL, -- when it was recorded
    submissions BLOB NOT NULL -- their ids, 16 bytes each
);
