-- Who is known. Instants are milliseconds since 1970; secrets are SHA-256.

CREATE TABLE accounts (
    player     TEXT PRIMARY KEY, -- who they are on boards
    handle     TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    password   TEXT NOT NULL -- Argon2id, in PHC format
) WITHOUT ROWID;

CREATE TABLE sessions (
    token      BLOB PRIMARY KEY,
    player     TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX sessions_of_player ON sessions (player);

CREATE TABLE api_keys (
    id           TEXT PRIMARY KEY,
    title        TEXT NOT NULL,
    scopes       TEXT NOT NULL, -- JSON: ["submit", ...]
    boards       TEXT, -- JSON: [slug, ...]; null for every board
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at   INTEGER,
    secret       BLOB NOT NULL UNIQUE
) WITHOUT ROWID;
