-- What was decided of submissions and players. Rows of submissions never change;
-- these say what counts.

-- Submissions that do not count. None here: it counts.
CREATE TABLE submission_rulings (
    seq   INTEGER PRIMARY KEY, -- the submission's
    state TEXT NOT NULL
);

CREATE TABLE player_rulings (
    player        TEXT PRIMARY KEY,
    is_banned     BIGINT NOT NULL DEFAULT 0,
    merged_into   TEXT, -- whose standings their submissions feed, if not their own
    is_name_fixed BIGINT NOT NULL DEFAULT 0 -- a moderator gave it
) WITHOUT ROWID;

CREATE INDEX players_merged ON player_rulings (merged_into) WHERE merged_into IS NOT NULL;

-- To count a player's standings anew.
CREATE INDEX submissions_of_player ON submissions (player, board);

-- A standing that counts no more is kept for its version.
ALTER TABLE standings ADD COLUMN is_gone BIGINT NOT NULL DEFAULT 0;

-- The standings that a ruling changed: JSON, [[board, season, player], ...].
ALTER TABLE outbox ADD COLUMN standings TEXT;

-- Names in small letters, to search by.
ALTER TABLE players ADD COLUMN folded TEXT NOT NULL DEFAULT '';
UPDATE players SET folded = lower(name);
CREATE INDEX players_by_name ON players (folded, player);

-- Who did what. Only ever longer.
CREATE TABLE audit (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    at     BIGINT NOT NULL,
    actor  TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    before TEXT, -- JSON
    after  TEXT, -- JSON
    reason TEXT NOT NULL
);

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
