-- +goose Up
-- A call centre that was erased keeps its row, emptied: its id is in the log and is never given again.
ALTER TABLE tenants ADD COLUMN locales TEXT NOT NULL DEFAULT 'en';       -- language tags, the first is the usual one; separated by spaces
ALTER TABLE tenants ADD COLUMN retention TEXT NOT NULL DEFAULT '{}';     -- JSON: days by what is kept, 0 for ever
ALTER TABLE tenants ADD COLUMN limits TEXT NOT NULL DEFAULT '{}';        -- JSON: those that differ from the usual ones
ALTER TABLE tenants ADD COLUMN suspended_at BIGINT NOT NULL DEFAULT 0;   -- Unix ms; 0 while it works
ALTER TABLE tenants ADD COLUMN erasing_at BIGINT NOT NULL DEFAULT 0;     -- Unix ms since when it is being erased
ALTER TABLE tenants ADD COLUMN erased_at BIGINT NOT NULL DEFAULT 0;      -- Unix ms when nothing was left
ALTER TABLE tenants ADD COLUMN version BIGINT NOT NULL DEFAULT 1;        -- rises with every change; the sum of all tells whether anything changed
