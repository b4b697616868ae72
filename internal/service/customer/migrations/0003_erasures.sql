-- +goose Up
-- One row is one person who is being erased. It goes when nothing of them is
-- left, for it says who they are.
CREATE TABLE customer_erasures (
    tenant     BIGINT NOT NULL,
    contact    TEXT   NOT NULL, -- id
    person     TEXT   NOT NULL, -- JSON: what is looked for
    events     BIGINT NOT NULL, -- overwritten so far
    created_at BIGINT NOT NULL, -- Unix ms
    PRIMARY KEY (tenant, contact)
);
CREATE INDEX customer_contacts_merged ON customer_contacts (tenant, merged_into) WHERE merged_into <> '';
