-- What was decided of submissions and players. Rows of submissions never change;
-- these say what counts.

-- As long as it takes.
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- The order of recording. A transaction takes a block of numbers: those of one
-- player are in order, because who records for a player waits for who did before.
CREATE SEQUENCE submission_blocks INCREMENT BY 4096;
ALTER TABLE submissions ADD COLUMN seq BIGINT;
UPDATE submissions SET seq = numbered.seq
FROM (SELECT id, row_number() OVER (ORDER BY at, id) AS seq FROM submissions) AS numbered
WHERE submissions.id = numbered.id;
SELECT setval('submission_blocks', (SELECT coalesce(max(seq), 0) + 1 FROM submissions));
ALTER TABLE submissions ALTER COLUMN seq SET NOT NULL;
CREATE UNIQUE INDEX submissions_in_order ON submissions (seq);

-- Submissions that do not count. None here: it counts.
CREATE TABLE submission_rulings (
    seq   BIGINT PRIMARY KEY, -- the submission's
    state TEXT NOT NULL
);

CREATE TABLE player_rulings (
    player        TEXT COLLATE "C" PRIMARY KEY,
    is_banned     BIGINT NOT NULL DEFAULT 0,
    merged_into   TEXT COLLATE "C", -- whose standings their submissions feed, if not their own
    is_name_fixed BIGINT NOT NULL DEFAULT 0 -- a moderator gave it
);

CREATE INDEX players_merged ON player_rulings (merged_into) WHERE merged_into IS NOT NULL;

-- To count a player's standings anew.
ALTER TABLE submissions ALTER COLUMN player TYPE TEXT COLLATE "C";
ALTER TABLE submissions ALTER COLUMN board TYPE TEXT COLLATE "C";
CREATE INDEX submissions_of_player ON submissions (player, board);

-- A standing that counts no more is kept for its version.
ALTER TABLE standings ADD COLUMN is_gone BIGINT NOT NULL DEFAULT 0;

-- The standings that a ruling changed: JSON, [[board, season, player], ...].
ALTER TABLE outbox ADD COLUMN standings TEXT;

-- Names in small letters, to search by.
ALTER TABLE players ADD COLUMN folded TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE players SET folded = lower(name);
CREATE INDEX players_by_name ON players (folded, player);

-- Who did what. Only ever longer.
CREATE TABLE audit (
    seq    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     BIGINT NOT NULL,
    actor  TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    target TEXT COLLATE "C" NOT NULL,
    before TEXT, -- JSON
    after  TEXT, -- JSON
    reason TEXT NOT NULL
);

CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;

CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION keep_audit();
