-- One role for each side, with only the rights it needs. Run as the databases' owner, after `ishonch migrate`:
--   psql ishonch_mailbox  -v side=mailbox  -f roles.sql
--   psql ishonch_casework -v side=casework -f roles.sql
-- The roles themselves are made once:  CREATE ROLE ishonch_portal LOGIN;  CREATE ROLE ishonch_office LOGIN;

SELECT :'side' = 'mailbox' AS is_mailbox \gset
REVOKE ALL ON SCHEMA public FROM PUBLIC;

\if :is_mailbox
GRANT USAGE ON SCHEMA public TO ishonch_portal, ishonch_office;
-- The portal takes reports in and shows mailboxes; an informant may delete a letter and burn a token.
GRANT SELECT, INSERT, UPDATE ON mailboxes TO ishonch_portal;
GRANT INSERT ON grants TO ishonch_portal;
GRANT SELECT, INSERT, UPDATE, DELETE ON envelopes TO ishonch_portal;
GRANT SELECT, INSERT, DELETE ON blobs TO ishonch_portal;
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO ishonch_portal;
GRANT SELECT ON alembic_version TO ishonch_portal, ishonch_office;
-- The office collects and delivers. It has no business with informants' sessions.
GRANT SELECT, UPDATE ON mailboxes TO ishonch_office;
GRANT SELECT ON grants TO ishonch_office;
GRANT SELECT, INSERT, UPDATE ON envelopes TO ishonch_office;
GRANT SELECT, INSERT ON blobs TO ishonch_office;
\else
-- The portal has no rights here at all.
GRANT USAGE ON SCHEMA public TO ishonch_office;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ishonch_office;
\endif
