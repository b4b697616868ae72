-- +goose Up
-- Contacts that become one bring their claims with them.
CREATE INDEX customer_claims_contact ON customer_claims (tenant, contact_id);
