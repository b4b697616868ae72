-- +goose Up
-- The key says what the index is for. Without that SQLite, which does not know
-- how few calls are open, read all calls of the tenant instead.
DROP INDEX live_calls_open;
CREATE INDEX live_calls_open ON live_calls (tenant, open, id) WHERE open = 1;
