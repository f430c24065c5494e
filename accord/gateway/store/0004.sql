-- The newest act that was decided on of an agency's part in a file: recorded_at, log, index. What is older does not let it in again,
-- nor end its part. Of a part that ended before this step, that is when its chains began anew.
ALTER TABLE ended ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ended ADD COLUMN log TEXT NOT NULL DEFAULT '';
ALTER TABLE ended ADD COLUMN idx INTEGER NOT NULL DEFAULT 0;
UPDATE ended SET at = COALESCE((SELECT MAX(log_head.at) FROM log_head WHERE log_head.size <= ended.cut), 0);
