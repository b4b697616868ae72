-- +goose Up
-- One row is how far one reader of the log has come.
CREATE TABLE checkpoints (
    reader   TEXT   PRIMARY KEY,
    position BIGINT NOT NULL -- of the last record it has taken in
);
