-- +goose Up
-- Half of each page is left free for the versions that the events of its calls
-- make: an update that finds room on the row's own page touches no index.
ALTER TABLE live_calls SET (fillfactor = 70);
ALTER TABLE live_counts SET (fillfactor = 10);
ALTER TABLE live_sources SET (fillfactor = 10);
