-- +goose Up
-- Each request counts those of the last hour, among those of three months.
CREATE INDEX clicktocall_requests_created ON clicktocall_requests (tenant, created_at);
