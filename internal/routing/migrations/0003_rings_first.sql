-- +goose Up
-- destination when the extension or queue rings before the number is dialled; '' when that is left to the phone system.
ALTER TABLE routing_dials ADD COLUMN rings_first TEXT NOT NULL DEFAULT '';
