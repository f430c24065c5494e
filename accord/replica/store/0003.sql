-- When an event was recorded, and where in its log: the order of acts is what the logs say, not that of receipt. Of rows from before
-- the feed knows the place, and when they came.
ALTER TABLE rule_event ADD COLUMN recorded_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rule_event ADD COLUMN idx INTEGER NOT NULL DEFAULT 0;
UPDATE rule_event SET
    recorded_at = COALESCE((SELECT feed.at FROM feed WHERE feed.seq = rule_event.seq), 0),
    idx = COALESCE((SELECT feed.idx FROM feed WHERE feed.seq = rule_event.seq), 0);
