/// The registry's tables. A result is never updated: triggers refuse UPDATE, DELETE and TRUNCATE of what is final,
/// and the service role has no such grant.
let m0001Registry = Migration(
    number: 1, name: "registry",
    sql: """
        CREATE TABLE site (id text PRIMARY KEY, name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
        CREATE TABLE study (id text PRIMARY KEY, title text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
        CREATE TABLE enrolment_token (
            secret_sha256 text PRIMARY KEY, site text NOT NULL REFERENCES site, expires_at timestamptz NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now());
        CREATE TABLE enrolment_token_use (
            secret_sha256 text PRIMARY KEY REFERENCES enrolment_token, used_at timestamptz NOT NULL DEFAULT now());
        CREATE TABLE certificate (
            serial text PRIMARY KEY, subject text NOT NULL, not_after timestamptz NOT NULL, sha256 text NOT NULL,
            issued_at timestamptz NOT NULL DEFAULT now());
        CREATE TABLE certificate_revocation (
            serial text PRIMARY KEY REFERENCES certificate, reason text NOT NULL,
            revoked_at timestamptz NOT NULL DEFAULT now());
        CREATE TABLE protocol (
            sha256 text PRIMARY KEY CHECK (length(sha256) = 64), study text NOT NULL REFERENCES study,
            version int NOT NULL, canonical bytea NOT NULL, source text NOT NULL, created_by text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (study, version));
        CREATE TABLE protocol_lock (
            sha256 text PRIMARY KEY REFERENCES protocol, locked_by text NOT NULL, reason text NOT NULL,
            locked_at timestamptz NOT NULL DEFAULT now());
        CREATE TABLE protocol_site (
            sha256 text NOT NULL REFERENCES protocol, site text NOT NULL REFERENCES site,
            role text NOT NULL CHECK (role IN ('training', 'external')), PRIMARY KEY (sha256, site));
        CREATE TABLE run (
            id text PRIMARY KEY, protocol text NOT NULL REFERENCES protocol_lock, started_by text NOT NULL,
            started_at timestamptz NOT NULL DEFAULT now(),
            state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'finished', 'failed')),
            reason text NOT NULL DEFAULT '', updated_at timestamptz NOT NULL DEFAULT now());
        CREATE TABLE round (
            run text NOT NULL REFERENCES run, number int NOT NULL, stage text NOT NULL, computation text NOT NULL,
            task bytea NOT NULL, pipeline bytea NOT NULL, participants text[] NOT NULL,
            opened_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (run, number));
        CREATE TABLE contribution (
            run text NOT NULL, round int NOT NULL, site text NOT NULL REFERENCES site, sha256 text NOT NULL,
            body bytea NOT NULL, receipt bytea NOT NULL, received_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (run, round, site), FOREIGN KEY (run, round) REFERENCES round (run, number));
        CREATE TABLE round_close (
            run text NOT NULL, number int NOT NULL, sum bytea NOT NULL, sum_sha256 text NOT NULL,
            transcript_sha256 text NOT NULL, closed_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (run, number), FOREIGN KEY (run, number) REFERENCES round (run, number));
        CREATE TABLE refusal (
            run text NOT NULL, round int NOT NULL, site text NOT NULL REFERENCES site, rule text NOT NULL,
            message text NOT NULL, refused_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (run, round, site),
            FOREIGN KEY (run, round) REFERENCES round (run, number));
        CREATE TABLE artefact (sha256 text PRIMARY KEY, body bytea NOT NULL);
        CREATE TABLE run_artefact (
            run text NOT NULL REFERENCES run, name text NOT NULL, sha256 text NOT NULL REFERENCES artefact,
            round int NOT NULL, frozen_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (run, name, round));
        CREATE TABLE scanner (
            run text NOT NULL REFERENCES run, site text NOT NULL REFERENCES site, model text NOT NULL,
            cases int CHECK (cases >= 0), status text NOT NULL, PRIMARY KEY (run, site, model));
        CREATE TABLE acquisition (
            run text NOT NULL REFERENCES run, site text NOT NULL REFERENCES site, keyword text NOT NULL,
            bin text NOT NULL, cases int CHECK (cases >= 0), status text NOT NULL,
            PRIMARY KEY (run, site, keyword, bin));
        CREATE TABLE deviation (
            run text NOT NULL REFERENCES run, site text NOT NULL REFERENCES site, field text NOT NULL,
            expected text NOT NULL, observed text NOT NULL, share double precision NOT NULL CHECK (share BETWEEN 0 AND 1),
            PRIMARY KEY (run, site, field));
        CREATE TABLE reader (
            study text NOT NULL REFERENCES study, pseudonym text NOT NULL, PRIMARY KEY (study, pseudonym));
        CREATE TABLE cohort (
            run text NOT NULL REFERENCES run, site text NOT NULL REFERENCES site, cases int, events int,
            commitment text NOT NULL, PRIMARY KEY (run, site));
        CREATE TABLE model (
            sha256 text NOT NULL REFERENCES artefact, run text NOT NULL REFERENCES run, kind text NOT NULL,
            columns int NOT NULL, PRIMARY KEY (run, sha256));
        CREATE TABLE validation (
            run text NOT NULL REFERENCES run, score text NOT NULL, model text, protocol text NOT NULL,
            finished_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (run, score));
        CREATE TABLE metric (
            run text NOT NULL REFERENCES run, subject text NOT NULL,
            scope text NOT NULL CHECK (scope IN ('site', 'pooled', 'summary')), site text NOT NULL DEFAULT '',
            name text NOT NULL, value double precision, lower double precision, upper double precision,
            standard_error double precision, n bigint, events bigint, method text NOT NULL DEFAULT '',
            status text NOT NULL CHECK (status IN ('ok', 'suppressed', 'not_estimable')),
            reason text NOT NULL DEFAULT '', certified_lower double precision, certified_upper double precision,
            CHECK ((status = 'ok') = (value IS NOT NULL)), CHECK (lower <= upper),
            PRIMARY KEY (run, subject, scope, site, name));
        CREATE TABLE site_seen (
            site text PRIMARY KEY REFERENCES site, seen_at timestamptz NOT NULL, agent_version text NOT NULL);
        CREATE TABLE audit_head (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), size bigint NOT NULL);
        INSERT INTO audit_head (size) VALUES (0);
        CREATE TABLE audit_event (
            seq bigint PRIMARY KEY, at timestamptz NOT NULL, actor text NOT NULL, db_role text NOT NULL,
            action text NOT NULL, entity text NOT NULL, entity_id text NOT NULL, reason text NOT NULL,
            after_sha256 text NOT NULL, leaf bytea NOT NULL);
        CREATE TABLE checkpoint (size bigint PRIMARY KEY, root bytea NOT NULL, note text NOT NULL,
            at timestamptz NOT NULL DEFAULT now());

        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$;
        DO $$
        DECLARE t text;
        BEGIN
            FOREACH t IN ARRAY ARRAY['enrolment_token', 'enrolment_token_use', 'certificate', 'certificate_revocation',
                'protocol', 'protocol_lock', 'protocol_site', 'round', 'contribution', 'round_close', 'refusal',
                'artefact', 'run_artefact', 'scanner', 'acquisition', 'deviation', 'reader', 'cohort', 'model',
                'validation', 'metric', 'audit_event', 'checkpoint']
            LOOP
                EXECUTE format('CREATE TRIGGER final BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', t);
                EXECUTE format('CREATE TRIGGER final_all BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', t);
                EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER final', t);
                EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER final_all', t);
            END LOOP;
        END $$;
        CREATE FUNCTION run_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.state <> 'running' THEN
                RAISE EXCEPTION 'a run that ended is final' USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER final BEFORE UPDATE ON run FOR EACH ROW EXECUTE FUNCTION run_ends_once();
        ALTER TABLE run ENABLE ALWAYS TRIGGER final;

        CREATE FUNCTION audit_append(
            p_actor text, p_action text, p_entity text, p_entity_id text, p_reason text, p_after text)
        RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        DECLARE n bigint; t timestamptz := date_trunc('milliseconds', clock_timestamp());
        BEGIN
            SELECT size INTO n FROM public.audit_head FOR UPDATE;
            INSERT INTO public.audit_event VALUES (n, t, p_actor, session_user, p_action, p_entity, p_entity_id,
                p_reason, p_after, sha256('\\x00'::bytea || public.audit_canonical(n, t, p_actor, session_user::text,
                    p_action, p_entity, p_entity_id, p_reason, p_after)));
            UPDATE public.audit_head SET size = n + 1;
            RETURN n;
        END $$;
        CREATE FUNCTION audit_canonical(
            seq bigint, at timestamptz, actor text, db_role text, action text, entity text, entity_id text, reason text,
            after_sha256 text)
        RETURNS bytea LANGUAGE sql STABLE AS $$
            SELECT convert_to(concat_ws(E'\\n', 'concord-audit-1', seq::text,
                (extract(epoch FROM at) * 1000)::bigint::text, quote_literal(actor), quote_literal(db_role),
                quote_literal(action), quote_literal(entity), quote_literal(entity_id), quote_literal(reason),
                after_sha256), 'UTF8')
        $$;
        """)

/// Roles: `concord_app` serves, `concord_audit` reads. Neither can change what is final.
let m0002Roles = Migration(
    number: 2, name: "roles",
    sql: """
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'concord_app') THEN CREATE ROLE concord_app LOGIN; END IF;
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'concord_audit') THEN CREATE ROLE concord_audit LOGIN; END IF;
        END $$;
        GRANT USAGE ON SCHEMA public TO concord_app, concord_audit;
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO concord_app, concord_audit;
        GRANT INSERT ON site, study, enrolment_token, enrolment_token_use, certificate, certificate_revocation,
            protocol, protocol_lock, protocol_site, run, round, contribution, round_close, refusal, artefact,
            run_artefact, scanner, acquisition, deviation, reader, cohort, model, validation, metric, site_seen,
            checkpoint TO concord_app;
        GRANT UPDATE (state, reason, updated_at) ON run TO concord_app;
        GRANT UPDATE ON site_seen TO concord_app;
        GRANT EXECUTE ON FUNCTION audit_append(text, text, text, text, text, text) TO concord_app;
        """)
