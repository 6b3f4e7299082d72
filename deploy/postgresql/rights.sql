-- After each `ishonch migrate`, as the owner, once in each database:
--   psql -U ishonch_owner ishonch_mailbox  -f rights.sql
--   psql -U ishonch_owner ishonch_casework -f rights.sql
-- What is not granted here is refused by the database itself, whoever has taken over a side.

\set ON_ERROR_STOP on
\if :{?portal} \else \set portal ishonch_portal \endif
\if :{?office} \else \set office ishonch_office \endif

BEGIN;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, :"portal", :"office";
GRANT USAGE ON SCHEMA public TO :"office";
-- `ishonch check` asks for the revision.
GRANT SELECT ON alembic_version TO :"office";

SELECT to_regclass('mailboxes') IS NOT NULL AS is_mailbox \gset
\if :is_mailbox

GRANT USAGE ON SCHEMA public TO :"portal";
-- The portal takes letters in and shows threads. It cannot read a grant, redirect a mailbox, or delete one.
GRANT SELECT, INSERT ON mailboxes, envelopes, blobs TO :"portal";
GRANT INSERT ON grants TO :"portal";
-- A token is burned; a letter that the office has is withdrawn, any other is deleted with its files.
GRANT UPDATE (locator_hash, burned) ON mailboxes TO :"portal";
GRANT UPDATE (sealed, withdrawn) ON envelopes TO :"portal";
GRANT DELETE ON envelopes, blobs TO :"portal";
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO :"portal";
-- The filing log only grows. Its state is where whoever appends waits for the one before; the office cosigns, nobody else does.
GRANT SELECT, INSERT ON filing_leaves TO :"portal";
GRANT SELECT, UPDATE ON filing_state TO :"portal";
GRANT SELECT ON filing_cosignatures TO :"portal";

-- The office collects and delivers. Informants' sessions are nothing to it. It can take no single letter away; a mailbox
-- goes whole, with all that hangs on it, when its report is destroyed.
GRANT SELECT ON mailboxes, grants, envelopes, blobs TO :"office";
GRANT INSERT ON envelopes, blobs TO :"office";
GRANT DELETE ON mailboxes TO :"office";
GRANT UPDATE (public_state, acknowledged_on) ON mailboxes TO :"office";
GRANT UPDATE (collected) ON envelopes TO :"office";
-- As witness of the filing log it looks, and lays down what it cosigned.
GRANT SELECT ON filing_leaves, filing_state TO :"office";
GRANT SELECT, INSERT ON filing_cosignatures TO :"office";

\else

-- The portal has nothing here, not even a connection. An account is never deleted; a note, or an event of custody, is never
-- changed or deleted.
GRANT SELECT, INSERT ON members, sessions, dossiers, offers, trials, grants, grant_requests, notes, entries, entry_files,
    arrivals, cases, case_reports, allegations, tasks, closures, clocks, clock_events, reminders, legal_holds, destructions,
    evidence_items, custody_events, allegation_evidence TO :"office";
-- A declaration of interests ends and is never deleted.
GRANT SELECT, INSERT, UPDATE ON interests TO :"office";
GRANT UPDATE ON clocks, cases, allegations, tasks, closures TO :"office";
GRANT DELETE ON case_reports, clocks, clock_events, reminders TO :"office";
-- What is left of a destroyed dossier stays; a request that nobody agreed to goes.
GRANT UPDATE ON destructions TO :"office";
GRANT DELETE ON legal_holds, destructions TO :"office";
GRANT UPDATE ON members, sessions, dossiers, grants, entries TO :"office";
GRANT DELETE ON sessions, dossiers, offers, grants, grant_requests, entries, entry_files, arrivals TO :"office";
-- What an item of evidence is stays as it was written; it only lets go of its file. Its custody only grows.
GRANT UPDATE (state, report_id, letter_file, blob) ON evidence_items TO :"office";
GRANT DELETE ON allegation_evidence TO :"office";
-- The ledger only grows. Its state is where whoever appends waits for the one before.
GRANT SELECT, INSERT ON ledger_entries, ledger_checkpoints TO :"office";
GRANT SELECT, UPDATE ON ledger_state, witness_state TO :"office";
-- A key of the auditors is made and given on, and never changed; whoever replaces their own key has it sealed to the new one.
GRANT SELECT, INSERT ON audit_keys, audit_grants TO :"office";
GRANT UPDATE (sealed) ON audit_grants TO :"office";

\endif
COMMIT;
