-- +goose Up
-- The trail of one person, and of one sort of thing.
CREATE INDEX audit_entries_actor ON audit_entries (tenant, actor, id);
CREATE INDEX audit_entries_action ON audit_entries (tenant, action, id);
