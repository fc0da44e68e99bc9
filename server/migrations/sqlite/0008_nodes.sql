-- The nodes that run, each noted every few seconds.
CREATE TABLE nodes (
    node       TEXT PRIMARY KEY, -- made at its start
    started_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
) WITHOUT ROWID;
