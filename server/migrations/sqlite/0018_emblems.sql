-- Uploaded emblems of boards, redrawn by the server.
CREATE TABLE emblems (
    board      TEXT PRIMARY KEY,
    png        BLOB NOT NULL,
    updated_at BIGINT NOT NULL
);
