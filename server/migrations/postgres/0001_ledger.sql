-- The durable truth. Instants are milliseconds since 1970, seasons their labels.
-- Text is compared by its bytes, as everywhere in LeaderPort.

CREATE TABLE boards (
    slug       TEXT COLLATE "C" PRIMARY KEY,
    definition TEXT NOT NULL -- JSON
);

CREATE TABLE players (
    player TEXT COLLATE "C" PRIMARY KEY,
    name   TEXT NOT NULL
);

-- Append-only.
CREATE TABLE submissions (
    id         UUID PRIMARY KEY,
    board      TEXT NOT NULL,
    player     TEXT NOT NULL,
    value      BIGINT NOT NULL,
    claimed_at BIGINT, -- the time that the caller gave
    at         BIGINT NOT NULL,
    standings  TEXT NOT NULL -- JSON: [[season, score, achieved_at, latest_at], ...]
);

-- The ranks that a submission was first answered with: known only after its
-- commit, so stored by the next one. Append-only.
CREATE TABLE answers (
    id    UUID PRIMARY KEY, -- the submission's
    ranks TEXT NOT NULL -- JSON: [[rank, previous rank or null, epoch, offset] or null, ...]
);

CREATE TABLE standings (
    board       TEXT COLLATE "C" NOT NULL,
    season      TEXT COLLATE "C" NOT NULL,
    player      TEXT COLLATE "C" NOT NULL,
    score       BIGINT NOT NULL,
    achieved_at BIGINT NOT NULL,
    latest_at   BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    PRIMARY KEY (board, season, player)
-- Updates stay within their page where they can.
) WITH (fillfactor = 80);

-- The batches that the broker is not known to have: one row a batch, in the
-- transaction that records it, removed once it was applied.
CREATE TABLE outbox (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          TIMESTAMPTZ NOT NULL DEFAULT now(), -- by the database's clock, which all nodes share
    submissions UUID[] NOT NULL
);
