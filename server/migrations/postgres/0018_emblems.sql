-- Uploaded emblems of boards, redrawn by the server.
CREATE TABLE emblems (
    board      TEXT COLLATE "C" PRIMARY KEY,
    png        BYTEA NOT NULL,
    updated_at BIGINT NOT NULL
);
