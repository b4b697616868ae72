-- +goose Up
-- Old and new writings of a renumbered number have one match key since. The
-- calls whose key may change are folded anew by the follower.
UPDATE live_calls SET stale = 1
WHERE (match_key LIKE 'raw:%' AND LENGTH(match_key) BETWEEN 14 AND 22)
    OR (match_key LIKE '+55%' AND LENGTH(match_key) = 13);
