-- The nodes that run, each noted every few seconds. Nothing is lost with it.
CREATE UNLOGGED TABLE nodes (
    node       TEXT COLLATE "C" PRIMARY KEY, -- made at its start
    started_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
);
