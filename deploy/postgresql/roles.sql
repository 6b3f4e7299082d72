-- Once, as a superuser:  psql -f roles.sql
-- Three roles and two databases. The owner makes and changes tables (`PGUSER=ishonch_owner ishonch migrate`) and serves nobody.
-- Other names: psql -v owner=… -v portal=… -v office=… -v mailbox=… -v casework=…

\set ON_ERROR_STOP on
\if :{?owner} \else \set owner ishonch_owner \endif
\if :{?portal} \else \set portal ishonch_portal \endif
\if :{?office} \else \set office ishonch_office \endif
\if :{?mailbox} \else \set mailbox ishonch_mailbox \endif
\if :{?casework} \else \set casework ishonch_casework \endif

CREATE ROLE :"owner" LOGIN;
CREATE ROLE :"portal" LOGIN;
CREATE ROLE :"office" LOGIN;

CREATE DATABASE :"mailbox" OWNER :"owner" ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE :"casework" OWNER :"owner" ENCODING 'UTF8' TEMPLATE template0;

REVOKE ALL ON DATABASE :"mailbox", :"casework" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"mailbox" TO :"portal", :"office";
GRANT CONNECT ON DATABASE :"casework" TO :"office";
