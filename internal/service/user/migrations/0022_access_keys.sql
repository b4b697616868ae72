-- +goose Up
ALTER TABLE user_access_keys ADD COLUMN creator TEXT NOT NULL DEFAULT '';   -- id of the user or key; '' for Tandem itself
CREATE INDEX user_users_extension ON user_users (tenant, extension);
