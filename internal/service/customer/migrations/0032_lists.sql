-- +goose Up
-- With the group in it the index answers alone which lists a contact is in, so
-- that SQLite takes this one and does not read all lists of the tenant.
DROP INDEX customer_group_contacts_contact;
CREATE INDEX customer_group_contacts_contact ON customer_group_contacts (tenant, contact_id, group_id);
