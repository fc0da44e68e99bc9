-- Who is known. Instants are milliseconds since 1970; secrets are SHA-256.

CREATE TABLE accounts (
    player     TEXT COLLATE "C" PRIMARY KEY, -- who they are on boards
    handle     TEXT COLLATE "C" NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    password   TEXT NOT NULL -- Argon2id, in PHC format
);

CREATE TABLE sessions (
    token      BYTEA PRIMARY KEY,
    player     TEXT COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX sessions_of_player ON sessions (player);

CREATE TABLE api_keys (
    id           TEXT COLLATE "C" PRIMARY KEY,
    title        TEXT NOT NULL,
    scopes       TEXT NOT NULL, -- JSON: ["submit", ...]
    boards       TEXT, -- JSON: [slug, ...]; null for every board
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at   BIGINT,
    secret       BYTEA NOT NULL UNIQUE
);
