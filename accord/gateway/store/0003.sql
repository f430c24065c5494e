-- The log index from which on a chain that began anew is another: who was given it before holds it no more.
-- Of those that began anew before this step, all who remained were given the new one, so 0 says as much.
ALTER TABLE chain_break ADD COLUMN idx INTEGER NOT NULL DEFAULT 0;
