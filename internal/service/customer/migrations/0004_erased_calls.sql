-- +goose Up
-- One row is one call with a person who was erased. What is still reported of it
-- is overwritten as well.
CREATE TABLE customer_erased_calls (
    tenant BIGINT NOT NULL,
    stream TEXT   NOT NULL, -- of the log
    PRIMARY KEY (tenant, stream)
);
