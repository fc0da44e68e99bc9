-- Players whose names are to be shown as they are: JSON, [player, ...].
ALTER TABLE outbox ADD COLUMN names TEXT;

-- Who has a form open: a row is of now for some seconds. Nothing is lost with it.
CREATE UNLOGGED TABLE visits (
    form    TEXT COLLATE "C" NOT NULL,
    visitor TEXT COLLATE "C" NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (form, visitor)
);
