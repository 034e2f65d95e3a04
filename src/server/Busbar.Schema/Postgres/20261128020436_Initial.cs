using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Busbar.Schema.Postgres
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DO $$\nBEGIN\n    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'busbar_app') THEN\n        CREATE ROLE busbar_app NOLOGIN NOSUPERUSER NOBYPASSRLS;\n    END IF;\nEXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;\nEND $$;\nDO $$\nBEGIN\n    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN\n        EXECUTE format('GRANT busbar_app TO %I', current_user);\n    END IF;\nEXCEPTION WHEN insufficient_privilege THEN NULL;\nEND $$;");

            migrationBuilder.CreateTable(
                name: "customers_tokens",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    uid = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    uid_folded = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    type = table.Column<string>(type: "text", nullable: false),
                    driver_id = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    group_id = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    status = table.Column<string>(type: "text", nullable: false),
                    valid_until = table.Column<long>(type: "bigint", nullable: true),
                    concurrent_sessions = table.Column<int>(type: "integer", nullable: true),
                    revision = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_customers_tokens", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "egress_outbox",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    lane = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    position = table.Column<long>(type: "bigint", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    event_id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    event_type = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    about = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    body = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    state = table.Column<long>(type: "bigint", nullable: false),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    begun_at = table.Column<long>(type: "bigint", nullable: false),
                    due_at = table.Column<long>(type: "bigint", nullable: false),
                    finished_at = table.Column<long>(type: "bigint", nullable: true),
                    last_error = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    holder = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    held_until = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_egress_outbox", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_api_clients",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    description = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    contact = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    key_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    handed_to = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    previous_key_hash = table.Column<byte[]>(type: "bytea", nullable: true),
                    previous_key_until = table.Column<long>(type: "bigint", nullable: true),
                    scopes = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    places = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    addresses = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    configured = table.Column<bool>(type: "boolean", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    expires_at = table.Column<long>(type: "bigint", nullable: true),
                    last_used_at = table.Column<long>(type: "bigint", nullable: true),
                    last_used_from = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    revoked_at = table.Column<long>(type: "bigint", nullable: true),
                    revision = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_api_clients", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_authenticators",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    holder = table.Column<Guid>(type: "uuid", nullable: false),
                    sealed_secret = table.Column<byte[]>(type: "bytea", nullable: false),
                    last_step = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_authenticators", x => new { x.tenant_id, x.holder });
                });

            migrationBuilder.CreateTable(
                name: "identity_break_glass",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    @operator = table.Column<Guid>(name: "operator", type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    home = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    reason = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    begun_at = table.Column<long>(type: "bigint", nullable: false),
                    until = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_break_glass", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_data_keys",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    number = table.Column<long>(type: "bigint", nullable: false),
                    wrapped_by = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    wrapped = table.Column<byte[]>(type: "bytea", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    retired_at = table.Column<long>(type: "bigint", nullable: true),
                    empty_since = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_data_keys", x => new { x.tenant_id, x.number });
                });

            migrationBuilder.CreateTable(
                name: "identity_erasures",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    subject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    things = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    actor = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    started_at = table.Column<long>(type: "bigint", nullable: false),
                    finished_at = table.Column<long>(type: "bigint", nullable: true),
                    file_rewritten = table.Column<bool>(type: "boolean", nullable: false),
                    rooms = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_erasures", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_four_eyes_requests",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    act = table.Column<string>(type: "text", nullable: false),
                    asked_by = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    asked_at = table.Column<long>(type: "bigint", nullable: false),
                    until = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_four_eyes_requests", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_grants",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    holder = table.Column<Guid>(type: "uuid", nullable: false),
                    role = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    place_kind = table.Column<long>(type: "bigint", nullable: false),
                    place_id = table.Column<Guid>(type: "uuid", nullable: false),
                    provider = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_grants", x => new { x.tenant_id, x.holder, x.role, x.place_kind, x.place_id });
                });

            migrationBuilder.CreateTable(
                name: "identity_idempotency",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    actor = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    key = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    request_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    status = table.Column<int>(type: "integer", nullable: false),
                    answer = table.Column<byte[]>(type: "bytea", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_idempotency", x => new { x.tenant_id, x.actor, x.key });
                });

            migrationBuilder.CreateTable(
                name: "identity_invitations",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    code_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    email = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    email_folded = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    holder = table.Column<Guid>(type: "uuid", nullable: true),
                    grants = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    given_by = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    expires_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_invitations", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_keys",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    value = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_keys", x => new { x.tenant_id, x.name });
                });

            migrationBuilder.CreateTable(
                name: "identity_operators",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    email = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    email_folded = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    password_hash = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    security_stamp = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    name = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    last_sign_in_at = table.Column<long>(type: "bigint", nullable: true),
                    disabled_at = table.Column<long>(type: "bigint", nullable: true),
                    revision = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_operators", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_passkeys",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    holder = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    domain = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    credential_id = table.Column<byte[]>(type: "bytea", nullable: false),
                    public_key = table.Column<byte[]>(type: "bytea", nullable: false),
                    sign_count = table.Column<long>(type: "bigint", nullable: false),
                    transports = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    backup_eligible = table.Column<bool>(type: "boolean", nullable: false),
                    backed_up = table.Column<bool>(type: "boolean", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    used_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_passkeys", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_person_links",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    provider = table.Column<Guid>(type: "uuid", nullable: false),
                    subject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    holder = table.Column<Guid>(type: "uuid", nullable: false),
                    linked_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_person_links", x => new { x.tenant_id, x.provider, x.subject });
                });

            migrationBuilder.CreateTable(
                name: "identity_providers",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    issuer = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    client_id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    sealed_secret = table.Column<byte[]>(type: "bytea", nullable: true),
                    scopes = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    role_claim = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    mappings = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    domains = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    makes_people = table.Column<bool>(type: "boolean", nullable: false),
                    enabled = table.Column<bool>(type: "boolean", nullable: false),
                    required = table.Column<bool>(type: "boolean", nullable: false),
                    trusts_second_factor = table.Column<bool>(type: "boolean", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    revision = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_providers", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_recovery_codes",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    holder = table.Column<Guid>(type: "uuid", nullable: false),
                    code_hash = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_recovery_codes", x => new { x.tenant_id, x.holder, x.code_hash });
                });

            migrationBuilder.CreateTable(
                name: "identity_retention",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    days = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    revision = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_retention", x => x.tenant_id);
                });

            migrationBuilder.CreateTable(
                name: "identity_retention_runs",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    rule = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ran_at = table.Column<long>(type: "bigint", nullable: false),
                    days = table.Column<int>(type: "integer", nullable: false),
                    taken = table.Column<long>(type: "bigint", nullable: false),
                    taken_in_all = table.Column<long>(type: "bigint", nullable: false),
                    oldest_at = table.Column<long>(type: "bigint", nullable: true),
                    is_unfinished = table.Column<bool>(type: "boolean", nullable: false),
                    failing_since = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_retention_runs", x => new { x.tenant_id, x.rule });
                });

            migrationBuilder.CreateTable(
                name: "identity_roles",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    scopes = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    revision = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_roles", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_setup_links",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    code_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    expires_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_setup_links", x => new { x.tenant_id, x.code_hash });
                });

            migrationBuilder.CreateTable(
                name: "identity_sign_ins",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    holder = table.Column<Guid>(type: "uuid", nullable: false),
                    began_at = table.Column<long>(type: "bigint", nullable: false),
                    seen_at = table.Column<long>(type: "bigint", nullable: false),
                    until = table.Column<long>(type: "bigint", nullable: false),
                    confirmed_at = table.Column<long>(type: "bigint", nullable: false),
                    source = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    agent = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    provider = table.Column<Guid>(type: "uuid", nullable: true),
                    had_second_factor = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_sign_ins", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_subject_keys",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    key = table.Column<byte[]>(type: "bytea", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    destroyed_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_subject_keys", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_tenants",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    parent = table.Column<Guid>(type: "uuid", nullable: true),
                    slug = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    kind = table.Column<long>(type: "bigint", nullable: false),
                    sharing = table.Column<long>(type: "bigint", nullable: false),
                    requires_second_factor = table.Column<bool>(type: "boolean", nullable: false),
                    currency = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    time_zone = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    languages = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    legal_entity = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    branding = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    four_eyes = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    closed_at = table.Column<long>(type: "bigint", nullable: true),
                    revision = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_tenants", x => x.tenant_id);
                });

            migrationBuilder.CreateTable(
                name: "identity_used_challenges",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    until = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_used_challenges", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "operations_alerts",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    rule = table.Column<long>(type: "bigint", nullable: false),
                    thing = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    state = table.Column<long>(type: "bigint", nullable: false),
                    station_id = table.Column<Guid>(type: "uuid", nullable: true),
                    station = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    location_id = table.Column<Guid>(type: "uuid", nullable: true),
                    location = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    evse = table.Column<int>(type: "integer", nullable: true),
                    connector = table.Column<int>(type: "integer", nullable: true),
                    session_id = table.Column<Guid>(type: "uuid", nullable: true),
                    stations = table.Column<int>(type: "integer", nullable: true),
                    error = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    since = table.Column<long>(type: "bigint", nullable: false),
                    raised_at = table.Column<long>(type: "bigint", nullable: false),
                    cleared_at = table.Column<long>(type: "bigint", nullable: true),
                    resolved_at = table.Column<long>(type: "bigint", nullable: true),
                    merged = table.Column<bool>(type: "boolean", nullable: false),
                    acknowledged_at = table.Column<long>(type: "bigint", nullable: true),
                    acknowledged_by = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    note = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    risk_per_hour = table.Column<long>(type: "bigint", nullable: true),
                    risk_fixed = table.Column<long>(type: "bigint", nullable: true),
                    currency = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    revision = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_operations_alerts", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "operations_channels",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<long>(type: "bigint", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    target = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    language = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    enabled = table.Column<bool>(type: "boolean", nullable: false),
                    secret = table.Column<byte[]>(type: "bytea", nullable: true),
                    former_secret = table.Column<byte[]>(type: "bytea", nullable: true),
                    former_until = table.Column<long>(type: "bigint", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    revision = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_operations_channels", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "operations_rules",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    rule = table.Column<long>(type: "bigint", nullable: false),
                    enabled = table.Column<bool>(type: "boolean", nullable: false),
                    after_minutes = table.Column<int>(type: "integer", nullable: false),
                    recover_minutes = table.Column<int>(type: "integer", nullable: false),
                    amount = table.Column<int>(type: "integer", nullable: false),
                    revision = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_operations_rules", x => new { x.tenant_id, x.rule });
                });

            migrationBuilder.CreateTable(
                name: "pricing_assignments",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    tariff_id = table.Column<Guid>(type: "uuid", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    position = table.Column<int>(type: "integer", nullable: false),
                    scope = table.Column<string>(type: "text", nullable: false),
                    scope_id = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    place = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    priority = table.Column<int>(type: "integer", nullable: false),
                    valid_from = table.Column<long>(type: "bigint", nullable: true),
                    valid_until = table.Column<long>(type: "bigint", nullable: true),
                    assigned_at = table.Column<long>(type: "bigint", nullable: false),
                    removed_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pricing_assignments", x => new { x.tenant_id, x.tariff_id, x.number });
                });

            migrationBuilder.CreateTable(
                name: "pricing_curve_prices",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    curve_id = table.Column<Guid>(type: "uuid", nullable: false),
                    at = table.Column<long>(type: "bigint", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    price_nano = table.Column<long>(type: "bigint", nullable: true),
                    published_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pricing_curve_prices", x => new { x.tenant_id, x.curve_id, x.at, x.number });
                });

            migrationBuilder.CreateTable(
                name: "pricing_curves",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    currency = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    time_zone = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    step_seconds = table.Column<int>(type: "integer", nullable: false),
                    gap = table.Column<string>(type: "text", nullable: false),
                    fallback_nano = table.Column<long>(type: "bigint", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    published_at = table.Column<long>(type: "bigint", nullable: true),
                    source_kind = table.Column<string>(type: "text", nullable: true),
                    source_from = table.Column<byte[]>(type: "bytea", nullable: true),
                    fetch_at = table.Column<long>(type: "bigint", nullable: true),
                    fetched_at = table.Column<long>(type: "bigint", nullable: true),
                    fetch_failure = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    revision = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pricing_curves", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "pricing_publications",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    tariff_id = table.Column<Guid>(type: "uuid", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    activated_at = table.Column<long>(type: "bigint", nullable: false),
                    retired_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pricing_publications", x => new { x.tenant_id, x.tariff_id, x.number });
                });

            migrationBuilder.CreateTable(
                name: "pricing_simulation_parts",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    simulation_id = table.Column<Guid>(type: "uuid", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    last_started_at = table.Column<long>(type: "bigint", nullable: false),
                    last_session = table.Column<Guid>(type: "uuid", nullable: false),
                    done = table.Column<long>(type: "bigint", nullable: false),
                    sessions = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pricing_simulation_parts", x => new { x.tenant_id, x.simulation_id, x.number });
                });

            migrationBuilder.CreateTable(
                name: "pricing_simulations",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tariff_id = table.Column<Guid>(type: "uuid", nullable: true),
                    version = table.Column<int>(type: "integer", nullable: true),
                    canonical = table.Column<byte[]>(type: "bytea", nullable: false),
                    hash = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    currency = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    from_at = table.Column<long>(type: "bigint", nullable: false),
                    to_at = table.Column<long>(type: "bigint", nullable: false),
                    location = table.Column<Guid>(type: "uuid", nullable: true),
                    station = table.Column<Guid>(type: "uuid", nullable: true),
                    evse = table.Column<int>(type: "integer", nullable: true),
                    of_tariff = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    state = table.Column<string>(type: "text", nullable: false),
                    done = table.Column<long>(type: "bigint", nullable: false),
                    total = table.Column<long>(type: "bigint", nullable: false),
                    failure = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    result = table.Column<byte[]>(type: "bytea", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    started_at = table.Column<long>(type: "bigint", nullable: true),
                    ended_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pricing_simulations", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "pricing_tariffs",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    currency = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    state = table.Column<string>(type: "text", nullable: false),
                    active_version = table.Column<int>(type: "integer", nullable: true),
                    latest_version = table.Column<int>(type: "integer", nullable: false),
                    latest_publication = table.Column<int>(type: "integer", nullable: false),
                    latest_assignment = table.Column<int>(type: "integer", nullable: false),
                    changed_at = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    revision = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pricing_tariffs", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "pricing_versions",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    tariff_id = table.Column<Guid>(type: "uuid", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    state = table.Column<string>(type: "text", nullable: false),
                    hash = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    canonical = table.Column<byte[]>(type: "bytea", nullable: false),
                    document = table.Column<byte[]>(type: "bytea", nullable: false),
                    ocpi_version = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    valid_from = table.Column<long>(type: "bigint", nullable: true),
                    valid_until = table.Column<long>(type: "bigint", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    author = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    findings = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    linted_at = table.Column<long>(type: "bigint", nullable: true),
                    approved_by = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    approved_at = table.Column<long>(type: "bigint", nullable: true),
                    activate_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pricing_versions", x => new { x.tenant_id, x.tariff_id, x.version });
                });

            migrationBuilder.CreateTable(
                name: "sessions_books",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    station_id = table.Column<Guid>(type: "uuid", nullable: false),
                    epoch = table.Column<long>(type: "bigint", nullable: false),
                    n = table.Column<long>(type: "bigint", nullable: false),
                    state = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_sessions_books", x => new { x.tenant_id, x.station_id });
                });

            migrationBuilder.CreateTable(
                name: "sessions_cdrs",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    session_id = table.Column<Guid>(type: "uuid", nullable: false),
                    station_id = table.Column<Guid>(type: "uuid", nullable: false),
                    station = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    credit_of = table.Column<Guid>(type: "uuid", nullable: true),
                    started_at = table.Column<long>(type: "bigint", nullable: false),
                    ended_at = table.Column<long>(type: "bigint", nullable: false),
                    energy = table.Column<long>(type: "bigint", nullable: false),
                    cost_excl_tax = table.Column<long>(type: "bigint", nullable: true),
                    cost_incl_tax = table.Column<long>(type: "bigint", nullable: true),
                    currency = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    document = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_sessions_cdrs", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "sessions_sessions",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    station_id = table.Column<Guid>(type: "uuid", nullable: false),
                    station = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    evse = table.Column<long>(type: "bigint", nullable: false),
                    connector = table.Column<long>(type: "bigint", nullable: false),
                    token_key = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    transaction_id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    status = table.Column<long>(type: "bigint", nullable: false),
                    started_at = table.Column<long>(type: "bigint", nullable: false),
                    ended_at = table.Column<long>(type: "bigint", nullable: true),
                    energy = table.Column<long>(type: "bigint", nullable: false),
                    cost_excl_tax = table.Column<long>(type: "bigint", nullable: true),
                    cost_incl_tax = table.Column<long>(type: "bigint", nullable: true),
                    currency = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    state = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_sessions_sessions", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "stations_commands",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    station_id = table.Column<Guid>(type: "uuid", nullable: false),
                    actor = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    action = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    request = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    remote_start_id = table.Column<long>(type: "bigint", nullable: true),
                    awaited_token = table.Column<byte[]>(type: "bytea", nullable: true),
                    awaited_evse = table.Column<int>(type: "integer", nullable: true),
                    awaited_transaction = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    state = table.Column<int>(type: "integer", nullable: false),
                    response = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    detail = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    deadline_at = table.Column<long>(type: "bigint", nullable: false),
                    finished_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_stations_commands", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "stations_connections",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    station_id = table.Column<Guid>(type: "uuid", nullable: false),
                    connected_at = table.Column<long>(type: "bigint", nullable: false),
                    last_connected_at = table.Column<long>(type: "bigint", nullable: false),
                    ended_at = table.Column<long>(type: "bigint", nullable: true),
                    ending = table.Column<int>(type: "integer", nullable: true),
                    close_code = table.Column<int>(type: "integer", nullable: true),
                    detail = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    protocol = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    remote = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    security_profile = table.Column<int>(type: "integer", nullable: false),
                    node = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    times = table.Column<int>(type: "integer", nullable: false),
                    drops = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_stations_connections", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "stations_connectors",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    station_id = table.Column<Guid>(type: "uuid", nullable: false),
                    evse = table.Column<int>(type: "integer", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    standard = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    max_power_mw = table.Column<long>(type: "bigint", nullable: true),
                    status = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    status_at = table.Column<long>(type: "bigint", nullable: true),
                    error_code = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    learnt = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_stations_connectors", x => new { x.tenant_id, x.station_id, x.evse, x.number });
                });

            migrationBuilder.CreateTable(
                name: "stations_evses",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    station_id = table.Column<Guid>(type: "uuid", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    evse_id = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    learnt = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_stations_evses", x => new { x.tenant_id, x.station_id, x.number });
                });

            migrationBuilder.CreateTable(
                name: "stations_locations",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    time_zone = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    country = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    address = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    city = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    postal_code = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    latitude_e7 = table.Column<long>(type: "bigint", nullable: true),
                    longitude_e7 = table.Column<long>(type: "bigint", nullable: true),
                    currency = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    opening_hours = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    revision = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_stations_locations", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "stations_stations",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    identity = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    location_id = table.Column<Guid>(type: "uuid", nullable: true),
                    name = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    security_profile = table.Column<int>(type: "integer", nullable: false),
                    insecure_until = table.Column<long>(type: "bigint", nullable: true),
                    key_hash = table.Column<byte[]>(type: "bytea", nullable: true),
                    vendor = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    model = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    firmware = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    serial = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    booted_at = table.Column<long>(type: "bigint", nullable: true),
                    first_seen_at = table.Column<long>(type: "bigint", nullable: true),
                    last_seen_at = table.Column<long>(type: "bigint", nullable: true),
                    protocol = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    clock_offset_ms = table.Column<long>(type: "bigint", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    revision = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_stations_stations", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "storage_audit",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    sequence = table.Column<long>(type: "bigint", nullable: false),
                    previous = table.Column<byte[]>(type: "bytea", nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    at = table.Column<long>(type: "bigint", nullable: false),
                    actor = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    way = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    source = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    action = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    kind = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    thing = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    name = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    outcome = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    before = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    after = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_storage_audit", x => new { x.tenant_id, x.sequence });
                });

            migrationBuilder.CreateTable(
                name: "storage_audit_inbox",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    at = table.Column<long>(type: "bigint", nullable: false),
                    actor = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    way = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    source = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    action = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    kind = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    thing = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    name = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    outcome = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    before = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    after = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_storage_audit_inbox", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "storage_cluster_members",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    address = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    node = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    host = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    status = table.Column<long>(type: "bigint", nullable: false),
                    started_at = table.Column<long>(type: "bigint", nullable: false),
                    alive_at = table.Column<long>(type: "bigint", nullable: false),
                    suspicions = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_storage_cluster_members", x => new { x.tenant_id, x.address });
                });

            migrationBuilder.CreateTable(
                name: "storage_cluster_version",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_storage_cluster_version", x => x.tenant_id);
                });

            migrationBuilder.CreateTable(
                name: "storage_jobs",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    holder = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    held_until = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_storage_jobs", x => new { x.tenant_id, x.name });
                });

            migrationBuilder.CreateTable(
                name: "storage_journal",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    station_id = table.Column<Guid>(type: "uuid", nullable: false),
                    epoch = table.Column<long>(type: "bigint", nullable: false),
                    n = table.Column<long>(type: "bigint", nullable: false),
                    origin = table.Column<long>(type: "bigint", nullable: false),
                    received_at = table.Column<long>(type: "bigint", nullable: false),
                    protocol = table.Column<long>(type: "bigint", nullable: false),
                    action = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    message_id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    natural_key = table.Column<byte[]>(type: "bytea", nullable: false),
                    raw = table.Column<byte[]>(type: "bytea", nullable: false),
                    answer = table.Column<byte[]>(type: "bytea", nullable: false),
                    decided = table.Column<byte[]>(type: "bytea", nullable: false),
                    schema_version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_storage_journal", x => new { x.tenant_id, x.station_id, x.epoch, x.n });
                });

            migrationBuilder.CreateTable(
                name: "storage_journal_tail",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    station_id = table.Column<Guid>(type: "uuid", nullable: false),
                    epoch = table.Column<long>(type: "bigint", nullable: false),
                    n = table.Column<long>(type: "bigint", nullable: false),
                    origin = table.Column<long>(type: "bigint", nullable: false),
                    received_at = table.Column<long>(type: "bigint", nullable: false),
                    protocol = table.Column<long>(type: "bigint", nullable: false),
                    action = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    message_id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    natural_key = table.Column<byte[]>(type: "bytea", nullable: false),
                    raw = table.Column<byte[]>(type: "bytea", nullable: false),
                    answer = table.Column<byte[]>(type: "bytea", nullable: false),
                    decided = table.Column<byte[]>(type: "bytea", nullable: false),
                    schema_version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_storage_journal_tail", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "storage_leases",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    station_id = table.Column<Guid>(type: "uuid", nullable: false),
                    epoch = table.Column<long>(type: "bigint", nullable: false),
                    node = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    claimed_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_storage_leases", x => new { x.tenant_id, x.station_id });
                });

            migrationBuilder.CreateTable(
                name: "storage_wirelog",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    station_id = table.Column<Guid>(type: "uuid", nullable: false),
                    position = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<long>(type: "bigint", nullable: false),
                    frames = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_storage_wirelog", x => new { x.tenant_id, x.station_id, x.position });
                });

            migrationBuilder.CreateIndex(
                name: "IX_customers_tokens_tenant_id_uid_folded",
                table: "customers_tokens",
                columns: new[] { "tenant_id", "uid_folded" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_egress_outbox_tenant_id_lane_id",
                table: "egress_outbox",
                columns: new[] { "tenant_id", "lane", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_egress_outbox_tenant_id_state_id",
                table: "egress_outbox",
                columns: new[] { "tenant_id", "state", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_egress_waiting",
                table: "egress_outbox",
                columns: new[] { "tenant_id", "lane", "position" },
                filter: "state = 0");

            migrationBuilder.CreateIndex(
                name: "IX_identity_api_clients_key_hash",
                table: "identity_api_clients",
                column: "key_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_identity_idempotency_created_at",
                table: "identity_idempotency",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "IX_identity_invitations_code_hash",
                table: "identity_invitations",
                column: "code_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_identity_operators_email_folded",
                table: "identity_operators",
                column: "email_folded",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_identity_passkeys_credential_id",
                table: "identity_passkeys",
                column: "credential_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_identity_person_links_tenant_id_holder",
                table: "identity_person_links",
                columns: new[] { "tenant_id", "holder" });

            migrationBuilder.CreateIndex(
                name: "IX_identity_roles_tenant_id_name",
                table: "identity_roles",
                columns: new[] { "tenant_id", "name" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_identity_sign_ins_until",
                table: "identity_sign_ins",
                column: "until");

            migrationBuilder.CreateIndex(
                name: "IX_identity_tenants_slug",
                table: "identity_tenants",
                column: "slug",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_identity_used_challenges_until",
                table: "identity_used_challenges",
                column: "until");

            migrationBuilder.CreateIndex(
                name: "IX_operations_alerts_tenant_id_state_id",
                table: "operations_alerts",
                columns: new[] { "tenant_id", "state", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_operations_alerts_tenant_id_station_id",
                table: "operations_alerts",
                columns: new[] { "tenant_id", "station", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_operations_open",
                table: "operations_alerts",
                columns: new[] { "tenant_id", "rule", "thing" },
                unique: true,
                filter: "resolved_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_pricing_assignments_tenant_id_place",
                table: "pricing_assignments",
                columns: new[] { "tenant_id", "place" });

            migrationBuilder.CreateIndex(
                name: "IX_pricing_curves_tenant_id_name",
                table: "pricing_curves",
                columns: new[] { "tenant_id", "name" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_simulations_unfinished",
                table: "pricing_simulations",
                column: "created_at",
                filter: "state IN ('Queued', 'Running')");

            migrationBuilder.CreateIndex(
                name: "IX_pricing_versions_activate_at",
                table: "pricing_versions",
                column: "activate_at");

            migrationBuilder.CreateIndex(
                name: "IX_pricing_versions_tenant_id_hash",
                table: "pricing_versions",
                columns: new[] { "tenant_id", "hash" });

            migrationBuilder.CreateIndex(
                name: "IX_sessions_cdrs_tenant_id_ended_at_id",
                table: "sessions_cdrs",
                columns: new[] { "tenant_id", "ended_at", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_sessions_cdrs_tenant_id_session_id_version",
                table: "sessions_cdrs",
                columns: new[] { "tenant_id", "session_id", "version" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_sessions_cdrs_tenant_id_station_ended_at",
                table: "sessions_cdrs",
                columns: new[] { "tenant_id", "station", "ended_at" });

            migrationBuilder.CreateIndex(
                name: "IX_sessions_sessions_tenant_id_started_at_id",
                table: "sessions_sessions",
                columns: new[] { "tenant_id", "started_at", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_sessions_sessions_tenant_id_station_id_transaction_id",
                table: "sessions_sessions",
                columns: new[] { "tenant_id", "station_id", "transaction_id" });

            migrationBuilder.CreateIndex(
                name: "IX_sessions_sessions_tenant_id_station_started_at",
                table: "sessions_sessions",
                columns: new[] { "tenant_id", "station", "started_at" });

            migrationBuilder.CreateIndex(
                name: "IX_sessions_sessions_tenant_id_token_key_started_at",
                table: "sessions_sessions",
                columns: new[] { "tenant_id", "token_key", "started_at" });

            migrationBuilder.CreateIndex(
                name: "ix_sessions_unfinished",
                table: "sessions_sessions",
                columns: new[] { "tenant_id", "started_at" },
                filter: "status NOT IN (3, 4)");

            migrationBuilder.CreateIndex(
                name: "IX_stations_commands_state_deadline_at",
                table: "stations_commands",
                columns: new[] { "state", "deadline_at" });

            migrationBuilder.CreateIndex(
                name: "IX_stations_commands_tenant_id_station_id_id",
                table: "stations_commands",
                columns: new[] { "tenant_id", "station_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_stations_connections_ended_at",
                table: "stations_connections",
                column: "ended_at");

            migrationBuilder.CreateIndex(
                name: "IX_stations_connections_tenant_id_station_id_connected_at_id",
                table: "stations_connections",
                columns: new[] { "tenant_id", "station_id", "connected_at", "id" },
                descending: new[] { false, false, true, true });

            migrationBuilder.CreateIndex(
                name: "IX_stations_stations_tenant_id_identity",
                table: "stations_stations",
                columns: new[] { "tenant_id", "identity" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_stations_stations_tenant_id_location_id",
                table: "stations_stations",
                columns: new[] { "tenant_id", "location_id" });

            migrationBuilder.CreateIndex(
                name: "IX_storage_audit_tenant_id_action_sequence",
                table: "storage_audit",
                columns: new[] { "tenant_id", "action", "sequence" });

            migrationBuilder.CreateIndex(
                name: "IX_storage_audit_tenant_id_actor_sequence",
                table: "storage_audit",
                columns: new[] { "tenant_id", "actor", "sequence" });

            migrationBuilder.CreateIndex(
                name: "IX_storage_audit_tenant_id_at",
                table: "storage_audit",
                columns: new[] { "tenant_id", "at" });

            migrationBuilder.CreateIndex(
                name: "IX_storage_audit_tenant_id_id",
                table: "storage_audit",
                columns: new[] { "tenant_id", "id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_storage_audit_tenant_id_kind_thing_sequence",
                table: "storage_audit",
                columns: new[] { "tenant_id", "kind", "thing", "sequence" });

            migrationBuilder.CreateIndex(
                name: "IX_storage_journal_tenant_id_station_id_natural_key",
                table: "storage_journal",
                columns: new[] { "tenant_id", "station_id", "natural_key" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_storage_wirelog_tenant_id_at",
                table: "storage_wirelog",
                columns: new[] { "tenant_id", "at" });

            migrationBuilder.Sql("ALTER TABLE customers_tokens ENABLE ROW LEVEL SECURITY;\nALTER TABLE customers_tokens FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON customers_tokens\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON customers_tokens TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE egress_outbox ENABLE ROW LEVEL SECURITY;\nALTER TABLE egress_outbox FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON egress_outbox\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON egress_outbox TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_api_clients ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_api_clients FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_api_clients\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_api_clients TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_authenticators ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_authenticators FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_authenticators\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_authenticators TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_break_glass ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_break_glass FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_break_glass\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_break_glass TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_data_keys ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_data_keys FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_data_keys\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_data_keys TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_erasures ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_erasures FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_erasures\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_erasures TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_four_eyes_requests ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_four_eyes_requests FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_four_eyes_requests\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_four_eyes_requests TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_grants ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_grants FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_grants\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_grants TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_idempotency ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_idempotency FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_idempotency\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_idempotency TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_invitations ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_invitations FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_invitations\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_invitations TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_keys ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_keys FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_keys\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_keys TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_operators ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_operators FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_operators\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_operators TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_passkeys ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_passkeys FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_passkeys\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_passkeys TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_person_links ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_person_links FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_person_links\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_person_links TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_providers ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_providers FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_providers\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_providers TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_recovery_codes ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_recovery_codes FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_recovery_codes\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_recovery_codes TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_retention ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_retention FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_retention\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_retention TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_retention_runs ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_retention_runs FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_retention_runs\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_retention_runs TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_roles ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_roles FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_roles\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_roles TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_setup_links ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_setup_links FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_setup_links\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_setup_links TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_sign_ins ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_sign_ins FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_sign_ins\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_sign_ins TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_subject_keys ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_subject_keys FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_subject_keys\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_subject_keys TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_tenants ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_tenants FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_tenants\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_tenants TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE identity_used_challenges ENABLE ROW LEVEL SECURITY;\nALTER TABLE identity_used_challenges FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON identity_used_challenges\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON identity_used_challenges TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE operations_alerts ENABLE ROW LEVEL SECURITY;\nALTER TABLE operations_alerts FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON operations_alerts\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON operations_alerts TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE operations_channels ENABLE ROW LEVEL SECURITY;\nALTER TABLE operations_channels FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON operations_channels\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON operations_channels TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE operations_rules ENABLE ROW LEVEL SECURITY;\nALTER TABLE operations_rules FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON operations_rules\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON operations_rules TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE pricing_assignments ENABLE ROW LEVEL SECURITY;\nALTER TABLE pricing_assignments FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON pricing_assignments\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON pricing_assignments TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE pricing_curve_prices ENABLE ROW LEVEL SECURITY;\nALTER TABLE pricing_curve_prices FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON pricing_curve_prices\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON pricing_curve_prices TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE pricing_curves ENABLE ROW LEVEL SECURITY;\nALTER TABLE pricing_curves FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON pricing_curves\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON pricing_curves TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE pricing_publications ENABLE ROW LEVEL SECURITY;\nALTER TABLE pricing_publications FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON pricing_publications\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON pricing_publications TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE pricing_simulation_parts ENABLE ROW LEVEL SECURITY;\nALTER TABLE pricing_simulation_parts FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON pricing_simulation_parts\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON pricing_simulation_parts TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE pricing_simulations ENABLE ROW LEVEL SECURITY;\nALTER TABLE pricing_simulations FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON pricing_simulations\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON pricing_simulations TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE pricing_tariffs ENABLE ROW LEVEL SECURITY;\nALTER TABLE pricing_tariffs FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON pricing_tariffs\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON pricing_tariffs TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE pricing_versions ENABLE ROW LEVEL SECURITY;\nALTER TABLE pricing_versions FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON pricing_versions\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON pricing_versions TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE sessions_books ENABLE ROW LEVEL SECURITY;\nALTER TABLE sessions_books FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON sessions_books\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON sessions_books TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE sessions_cdrs ENABLE ROW LEVEL SECURITY;\nALTER TABLE sessions_cdrs FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON sessions_cdrs\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON sessions_cdrs TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE sessions_sessions ENABLE ROW LEVEL SECURITY;\nALTER TABLE sessions_sessions FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON sessions_sessions\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON sessions_sessions TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE stations_commands ENABLE ROW LEVEL SECURITY;\nALTER TABLE stations_commands FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON stations_commands\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON stations_commands TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE stations_connections ENABLE ROW LEVEL SECURITY;\nALTER TABLE stations_connections FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON stations_connections\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON stations_connections TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE stations_connectors ENABLE ROW LEVEL SECURITY;\nALTER TABLE stations_connectors FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON stations_connectors\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON stations_connectors TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE stations_evses ENABLE ROW LEVEL SECURITY;\nALTER TABLE stations_evses FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON stations_evses\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON stations_evses TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE stations_locations ENABLE ROW LEVEL SECURITY;\nALTER TABLE stations_locations FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON stations_locations\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON stations_locations TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE stations_stations ENABLE ROW LEVEL SECURITY;\nALTER TABLE stations_stations FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON stations_stations\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON stations_stations TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE storage_audit ENABLE ROW LEVEL SECURITY;\nALTER TABLE storage_audit FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON storage_audit\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT ON storage_audit TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE storage_audit_inbox ENABLE ROW LEVEL SECURITY;\nALTER TABLE storage_audit_inbox FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON storage_audit_inbox\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT ON storage_audit_inbox TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE storage_cluster_members ENABLE ROW LEVEL SECURITY;\nALTER TABLE storage_cluster_members FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON storage_cluster_members\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON storage_cluster_members TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE storage_cluster_version ENABLE ROW LEVEL SECURITY;\nALTER TABLE storage_cluster_version FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON storage_cluster_version\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON storage_cluster_version TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE storage_jobs ENABLE ROW LEVEL SECURITY;\nALTER TABLE storage_jobs FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON storage_jobs\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON storage_jobs TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE storage_journal ENABLE ROW LEVEL SECURITY;\nALTER TABLE storage_journal FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON storage_journal\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON storage_journal TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE storage_journal_tail ENABLE ROW LEVEL SECURITY;\nALTER TABLE storage_journal_tail FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON storage_journal_tail\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON storage_journal_tail TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE storage_leases ENABLE ROW LEVEL SECURITY;\nALTER TABLE storage_leases FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON storage_leases\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON storage_leases TO busbar_app;");

            migrationBuilder.Sql("ALTER TABLE storage_wirelog ENABLE ROW LEVEL SECURITY;\nALTER TABLE storage_wirelog FORCE ROW LEVEL SECURITY;\nCREATE POLICY busbar_tenants ON storage_wirelog\n    USING (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]))\n    WITH CHECK (current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[]));\nGRANT SELECT, INSERT, UPDATE, DELETE ON storage_wirelog TO busbar_app;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "customers_tokens");

            migrationBuilder.DropTable(
                name: "egress_outbox");

            migrationBuilder.DropTable(
                name: "identity_api_clients");

            migrationBuilder.DropTable(
                name: "identity_authenticators");

            migrationBuilder.DropTable(
                name: "identity_break_glass");

            migrationBuilder.DropTable(
                name: "identity_data_keys");

            migrationBuilder.DropTable(
                name: "identity_erasures");

            migrationBuilder.DropTable(
                name: "identity_four_eyes_requests");

            migrationBuilder.DropTable(
                name: "identity_grants");

            migrationBuilder.DropTable(
                name: "identity_idempotency");

            migrationBuilder.DropTable(
                name: "identity_invitations");

            migrationBuilder.DropTable(
                name: "identity_keys");

            migrationBuilder.DropTable(
                name: "identity_operators");

            migrationBuilder.DropTable(
                name: "identity_passkeys");

            migrationBuilder.DropTable(
                name: "identity_person_links");

            migrationBuilder.DropTable(
                name: "identity_providers");

            migrationBuilder.DropTable(
                name: "identity_recovery_codes");

            migrationBuilder.DropTable(
                name: "identity_retention");

            migrationBuilder.DropTable(
                name: "identity_retention_runs");

            migrationBuilder.DropTable(
                name: "identity_roles");

            migrationBuilder.DropTable(
                name: "identity_setup_links");

            migrationBuilder.DropTable(
                name: "identity_sign_ins");

            migrationBuilder.DropTable(
                name: "identity_subject_keys");

            migrationBuilder.DropTable(
                name: "identity_tenants");

            migrationBuilder.DropTable(
                name: "identity_used_challenges");

            migrationBuilder.DropTable(
                name: "operations_alerts");

            migrationBuilder.DropTable(
                name: "operations_channels");

            migrationBuilder.DropTable(
                name: "operations_rules");

            migrationBuilder.DropTable(
                name: "pricing_assignments");

            migrationBuilder.DropTable(
                name: "pricing_curve_prices");

            migrationBuilder.DropTable(
                name: "pricing_curves");

            migrationBuilder.DropTable(
                name: "pricing_publications");

            migrationBuilder.DropTable(
                name: "pricing_simulation_parts");

            migrationBuilder.DropTable(
                name: "pricing_simulations");

            migrationBuilder.DropTable(
                name: "pricing_tariffs");

            migrationBuilder.DropTable(
                name: "pricing_versions");

            migrationBuilder.DropTable(
                name: "sessions_books");

            migrationBuilder.DropTable(
                name: "sessions_cdrs");

            migrationBuilder.DropTable(
                name: "sessions_sessions");

            migrationBuilder.DropTable(
                name: "stations_commands");

            migrationBuilder.DropTable(
                name: "stations_connections");

            migrationBuilder.DropTable(
                name: "stations_connectors");

            migrationBuilder.DropTable(
                name: "stations_evses");

            migrationBuilder.DropTable(
                name: "stations_locations");

            migrationBuilder.DropTable(
                name: "stations_stations");

            migrationBuilder.DropTable(
                name: "storage_audit");

            migrationBuilder.DropTable(
                name: "storage_audit_inbox");

            migrationBuilder.DropTable(
                name: "storage_cluster_members");

            migrationBuilder.DropTable(
                name: "storage_cluster_version");

            migrationBuilder.DropTable(
                name: "storage_jobs");

            migrationBuilder.DropTable(
                name: "storage_journal");

            migrationBuilder.DropTable(
                name: "storage_journal_tail");

            migrationBuilder.DropTable(
                name: "storage_leases");

            migrationBuilder.DropTable(
                name: "storage_wirelog");
        }
    }
}
