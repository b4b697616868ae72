-- +goose Up
-- At most one row: how often what inline projections keep was written by
-- somebody other than them, so that every process notices. Without a row it
-- was never. A tool that writes their rows by hand raises it as well.
CREATE TABLE events_epoch (
    id    INTEGER PRIMARY KEY, -- 1
    epoch BIGINT  NOT NULL
);
