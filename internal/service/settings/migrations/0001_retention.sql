-- +goose Up
-- One row is how far a call centre's old calls have been erased, and which process is at it.
CREATE TABLE settings_retention (
    tenant      BIGINT NOT NULL PRIMARY KEY,
    owner       TEXT   NOT NULL, -- the process that is at it; '' for none
    beat_at     BIGINT NOT NULL, -- Unix ms when it last said so
    days        BIGINT NOT NULL, -- for which calls are kept, as it was applied last
    calls       BIGINT NOT NULL, -- erased by the run that goes on, or by the last one
    events      BIGINT NOT NULL, -- of theirs
    finished_at BIGINT NOT NULL  -- Unix ms of the last run; 0 before the first
);
