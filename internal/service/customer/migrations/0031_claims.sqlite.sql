-- +goose Up
-- Whose a number is, is asked with each call: a table that is its own index
-- answers that with one look instead of two.
CREATE TABLE customer_claims_new (
    tenant     BIGINT NOT NULL,
    match_key  TEXT NOT NULL,
    contact_id TEXT NOT NULL,
    connector  BIGINT NOT NULL, -- of the first call; 0 when a person entered the number
    call_id    TEXT   NOT NULL, -- of the first call; '' when a person entered the number
    PRIMARY KEY (tenant, match_key)
) WITHOUT ROWID;
INSERT INTO customer_claims_new (tenant, match_key, contact_id, connector, call_id)
SELECT tenant, match_key, contact_id, connector, call_id FROM customer_claims ORDER BY tenant, match_key;
DROP TABLE customer_claims;
ALTER TABLE customer_claims_new RENAME TO customer_claims;
CREATE INDEX customer_claims_contact ON customer_claims (tenant, contact_id);
