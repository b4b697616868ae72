-- +goose Up
-- SQLite writes rows in place; see the file for PostgreSQL.
SELECT 1;
