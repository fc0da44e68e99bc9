-- A browser that is notified when others overtake its player on a board. `id` is secret: it stops
-- the notifications. None is sent before `next_at`.
CREATE TABLE push_subscriptions (
    id         TEXT COLLATE "C" PRIMARY KEY,
    endpoint   TEXT COLLATE "C" NOT NULL,
    board      TEXT COLLATE "C" NOT NULL,
    player     TEXT COLLATE "C" NOT NULL,
    p256dh     TEXT NOT NULL,
    auth       TEXT NOT NULL,
    language   TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    next_at    BIGINT NOT NULL DEFAULT 0,
    failures   BIGINT NOT NULL DEFAULT 0,
    UNIQUE (endpoint, board)
);

CREATE INDEX push_subscriptions_of_player ON push_subscriptions (player, board);
