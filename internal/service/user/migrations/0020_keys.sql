-- +goose Up
ALTER TABLE user_keys ADD COLUMN prefix TEXT NOT NULL DEFAULT '';        -- how the key begins, to know it again by; '' for those that say nothing
ALTER TABLE user_keys ADD COLUMN creator TEXT NOT NULL DEFAULT '';       -- id of the user or key; '' for Tandem itself
ALTER TABLE user_keys ADD COLUMN replaced_by TEXT NOT NULL DEFAULT '';   -- id of the key that it was rotated to
