-- +goose Up
-- More than half of each page is left free: each event of a call makes a
-- version of its row, of which one in four had found no room on its page.
ALTER TABLE live_calls SET (fillfactor = 45);
