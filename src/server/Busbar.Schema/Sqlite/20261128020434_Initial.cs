using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Busbar.Schema.Sqlite
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "customers_tokens",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    uid = table.Column<string>(type: "TEXT", nullable: false),
                    uid_folded = table.Column<string>(type: "TEXT", nullable: false),
                    type = table.Column<string>(type: "TEXT", nullable: false),
                    driver_id = table.Column<string>(type: "TEXT", nullable: true),
                    group_id = table.Column<string>(type: "TEXT", nullable: true),
                    status = table.Column<string>(type: "TEXT", nullable: false),
                    valid_until = table.Column<long>(type: "INTEGER", nullable: true),
                    concurrent_sessions = table.Column<int>(type: "INTEGER", nullable: true),
                    revision = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_customers_tokens", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "egress_outbox",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    lane = table.Column<string>(type: "TEXT", nullable: false),
                    position = table.Column<long>(type: "INTEGER", nullable: false),
                    kind = table.Column<string>(type: "TEXT", nullable: false),
                    event_id = table.Column<string>(type: "TEXT", nullable: false),
                    event_type = table.Column<string>(type: "TEXT", nullable: false),
                    about = table.Column<string>(type: "TEXT", nullable: true),
                    body = table.Column<string>(type: "TEXT", nullable: false),
                    state = table.Column<long>(type: "INTEGER", nullable: false),
                    attempts = table.Column<int>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    begun_at = table.Column<long>(type: "INTEGER", nullable: false),
                    due_at = table.Column<long>(type: "INTEGER", nullable: false),
                    finished_at = table.Column<long>(type: "INTEGER", nullable: true),
                    last_error = table.Column<string>(type: "TEXT", nullable: true),
                    holder = table.Column<string>(type: "TEXT", nullable: true),
                    held_until = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_egress_outbox", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_api_clients",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    description = table.Column<string>(type: "TEXT", nullable: true),
                    contact = table.Column<string>(type: "TEXT", nullable: true),
                    key_hash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    handed_to = table.Column<string>(type: "TEXT", nullable: true),
                    previous_key_hash = table.Column<byte[]>(type: "BLOB", nullable: true),
                    previous_key_until = table.Column<long>(type: "INTEGER", nullable: true),
                    scopes = table.Column<string>(type: "TEXT", nullable: false),
                    places = table.Column<string>(type: "TEXT", nullable: true),
                    addresses = table.Column<string>(type: "TEXT", nullable: true),
                    configured = table.Column<bool>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: true),
                    last_used_at = table.Column<long>(type: "INTEGER", nullable: true),
                    last_used_from = table.Column<string>(type: "TEXT", nullable: true),
                    revoked_at = table.Column<long>(type: "INTEGER", nullable: true),
                    revision = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_api_clients", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_authenticators",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    holder = table.Column<byte[]>(type: "BLOB", nullable: false),
                    sealed_secret = table.Column<byte[]>(type: "BLOB", nullable: false),
                    last_step = table.Column<long>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_authenticators", x => new { x.tenant_id, x.holder });
                });

            migrationBuilder.CreateTable(
                name: "identity_break_glass",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    @operator = table.Column<byte[]>(name: "operator", type: "BLOB", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    home = table.Column<string>(type: "TEXT", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false),
                    begun_at = table.Column<long>(type: "INTEGER", nullable: false),
                    until = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_break_glass", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_data_keys",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    number = table.Column<long>(type: "INTEGER", nullable: false),
                    wrapped_by = table.Column<string>(type: "TEXT", nullable: false),
                    wrapped = table.Column<byte[]>(type: "BLOB", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    retired_at = table.Column<long>(type: "INTEGER", nullable: true),
                    empty_since = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_data_keys", x => new { x.tenant_id, x.number });
                });

            migrationBuilder.CreateTable(
                name: "identity_erasures",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    subject = table.Column<string>(type: "TEXT", nullable: false),
                    things = table.Column<string>(type: "TEXT", nullable: false),
                    actor = table.Column<string>(type: "TEXT", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    finished_at = table.Column<long>(type: "INTEGER", nullable: true),
                    file_rewritten = table.Column<bool>(type: "INTEGER", nullable: false),
                    rooms = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_erasures", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_four_eyes_requests",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    act = table.Column<string>(type: "TEXT", nullable: false),
                    asked_by = table.Column<string>(type: "TEXT", nullable: false),
                    asked_at = table.Column<long>(type: "INTEGER", nullable: false),
                    until = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_four_eyes_requests", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_grants",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    holder = table.Column<byte[]>(type: "BLOB", nullable: false),
                    role = table.Column<string>(type: "TEXT", nullable: false),
                    place_kind = table.Column<long>(type: "INTEGER", nullable: false),
                    place_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    provider = table.Column<byte[]>(type: "BLOB", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_grants", x => new { x.tenant_id, x.holder, x.role, x.place_kind, x.place_id });
                });

            migrationBuilder.CreateTable(
                name: "identity_idempotency",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    actor = table.Column<string>(type: "TEXT", nullable: false),
                    key = table.Column<string>(type: "TEXT", nullable: false),
                    request_hash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    status = table.Column<int>(type: "INTEGER", nullable: false),
                    answer = table.Column<byte[]>(type: "BLOB", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_idempotency", x => new { x.tenant_id, x.actor, x.key });
                });

            migrationBuilder.CreateTable(
                name: "identity_invitations",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    code_hash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    email = table.Column<string>(type: "TEXT", nullable: false),
                    email_folded = table.Column<string>(type: "TEXT", nullable: false),
                    holder = table.Column<byte[]>(type: "BLOB", nullable: true),
                    grants = table.Column<string>(type: "TEXT", nullable: false),
                    given_by = table.Column<string>(type: "TEXT", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_invitations", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_keys",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    value = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_keys", x => new { x.tenant_id, x.name });
                });

            migrationBuilder.CreateTable(
                name: "identity_operators",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    email = table.Column<string>(type: "TEXT", nullable: false),
                    email_folded = table.Column<string>(type: "TEXT", nullable: false),
                    password_hash = table.Column<string>(type: "TEXT", nullable: false),
                    security_stamp = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    last_sign_in_at = table.Column<long>(type: "INTEGER", nullable: true),
                    disabled_at = table.Column<long>(type: "INTEGER", nullable: true),
                    revision = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_operators", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_passkeys",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    holder = table.Column<byte[]>(type: "BLOB", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    domain = table.Column<string>(type: "TEXT", nullable: false),
                    credential_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    public_key = table.Column<byte[]>(type: "BLOB", nullable: false),
                    sign_count = table.Column<long>(type: "INTEGER", nullable: false),
                    transports = table.Column<string>(type: "TEXT", nullable: false),
                    backup_eligible = table.Column<bool>(type: "INTEGER", nullable: false),
                    backed_up = table.Column<bool>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    used_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_passkeys", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_person_links",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    provider = table.Column<byte[]>(type: "BLOB", nullable: false),
                    subject = table.Column<string>(type: "TEXT", nullable: false),
                    holder = table.Column<byte[]>(type: "BLOB", nullable: false),
                    linked_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_person_links", x => new { x.tenant_id, x.provider, x.subject });
                });

            migrationBuilder.CreateTable(
                name: "identity_providers",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    issuer = table.Column<string>(type: "TEXT", nullable: false),
                    client_id = table.Column<string>(type: "TEXT", nullable: false),
                    sealed_secret = table.Column<byte[]>(type: "BLOB", nullable: true),
                    scopes = table.Column<string>(type: "TEXT", nullable: false),
                    role_claim = table.Column<string>(type: "TEXT", nullable: true),
                    mappings = table.Column<string>(type: "TEXT", nullable: false),
                    domains = table.Column<string>(type: "TEXT", nullable: false),
                    makes_people = table.Column<bool>(type: "INTEGER", nullable: false),
                    enabled = table.Column<bool>(type: "INTEGER", nullable: false),
                    required = table.Column<bool>(type: "INTEGER", nullable: false),
                    trusts_second_factor = table.Column<bool>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    revision = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_providers", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_recovery_codes",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    holder = table.Column<byte[]>(type: "BLOB", nullable: false),
                    code_hash = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_recovery_codes", x => new { x.tenant_id, x.holder, x.code_hash });
                });

            migrationBuilder.CreateTable(
                name: "identity_retention",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    days = table.Column<string>(type: "TEXT", nullable: false),
                    revision = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_retention", x => x.tenant_id);
                });

            migrationBuilder.CreateTable(
                name: "identity_retention_runs",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    rule = table.Column<string>(type: "TEXT", nullable: false),
                    ran_at = table.Column<long>(type: "INTEGER", nullable: false),
                    days = table.Column<int>(type: "INTEGER", nullable: false),
                    taken = table.Column<long>(type: "INTEGER", nullable: false),
                    taken_in_all = table.Column<long>(type: "INTEGER", nullable: false),
                    oldest_at = table.Column<long>(type: "INTEGER", nullable: true),
                    is_unfinished = table.Column<bool>(type: "INTEGER", nullable: false),
                    failing_since = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_retention_runs", x => new { x.tenant_id, x.rule });
                });

            migrationBuilder.CreateTable(
                name: "identity_roles",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    scopes = table.Column<string>(type: "TEXT", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    revision = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_roles", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_setup_links",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    code_hash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_setup_links", x => new { x.tenant_id, x.code_hash });
                });

            migrationBuilder.CreateTable(
                name: "identity_sign_ins",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    holder = table.Column<byte[]>(type: "BLOB", nullable: false),
                    began_at = table.Column<long>(type: "INTEGER", nullable: false),
                    seen_at = table.Column<long>(type: "INTEGER", nullable: false),
                    until = table.Column<long>(type: "INTEGER", nullable: false),
                    confirmed_at = table.Column<long>(type: "INTEGER", nullable: false),
                    source = table.Column<string>(type: "TEXT", nullable: false),
                    agent = table.Column<string>(type: "TEXT", nullable: false),
                    provider = table.Column<byte[]>(type: "BLOB", nullable: true),
                    had_second_factor = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_sign_ins", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_subject_keys",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    key = table.Column<byte[]>(type: "BLOB", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    destroyed_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_subject_keys", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "identity_tenants",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    parent = table.Column<byte[]>(type: "BLOB", nullable: true),
                    slug = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    kind = table.Column<long>(type: "INTEGER", nullable: false),
                    sharing = table.Column<long>(type: "INTEGER", nullable: false),
                    requires_second_factor = table.Column<bool>(type: "INTEGER", nullable: false),
                    currency = table.Column<string>(type: "TEXT", nullable: false),
                    time_zone = table.Column<string>(type: "TEXT", nullable: false),
                    languages = table.Column<string>(type: "TEXT", nullable: false),
                    legal_entity = table.Column<string>(type: "TEXT", nullable: true),
                    branding = table.Column<string>(type: "TEXT", nullable: true),
                    four_eyes = table.Column<string>(type: "TEXT", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    closed_at = table.Column<long>(type: "INTEGER", nullable: true),
                    revision = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_tenants", x => x.tenant_id);
                });

            migrationBuilder.CreateTable(
                name: "identity_used_challenges",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    until = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_identity_used_challenges", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "operations_alerts",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    rule = table.Column<long>(type: "INTEGER", nullable: false),
                    thing = table.Column<string>(type: "TEXT", nullable: false),
                    state = table.Column<long>(type: "INTEGER", nullable: false),
                    station_id = table.Column<byte[]>(type: "BLOB", nullable: true),
                    station = table.Column<string>(type: "TEXT", nullable: true),
                    location_id = table.Column<byte[]>(type: "BLOB", nullable: true),
                    location = table.Column<string>(type: "TEXT", nullable: true),
                    evse = table.Column<int>(type: "INTEGER", nullable: true),
                    connector = table.Column<int>(type: "INTEGER", nullable: true),
                    session_id = table.Column<byte[]>(type: "BLOB", nullable: true),
                    stations = table.Column<int>(type: "INTEGER", nullable: true),
                    error = table.Column<string>(type: "TEXT", nullable: true),
                    since = table.Column<long>(type: "INTEGER", nullable: false),
                    raised_at = table.Column<long>(type: "INTEGER", nullable: false),
                    cleared_at = table.Column<long>(type: "INTEGER", nullable: true),
                    resolved_at = table.Column<long>(type: "INTEGER", nullable: true),
                    merged = table.Column<bool>(type: "INTEGER", nullable: false),
                    acknowledged_at = table.Column<long>(type: "INTEGER", nullable: true),
                    acknowledged_by = table.Column<string>(type: "TEXT", nullable: true),
                    note = table.Column<string>(type: "TEXT", nullable: true),
                    risk_per_hour = table.Column<long>(type: "INTEGER", nullable: true),
                    risk_fixed = table.Column<long>(type: "INTEGER", nullable: true),
                    currency = table.Column<string>(type: "TEXT", nullable: true),
                    revision = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_operations_alerts", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "operations_channels",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    kind = table.Column<long>(type: "INTEGER", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    target = table.Column<string>(type: "TEXT", nullable: false),
                    language = table.Column<string>(type: "TEXT", nullable: false),
                    enabled = table.Column<bool>(type: "INTEGER", nullable: false),
                    secret = table.Column<byte[]>(type: "BLOB", nullable: true),
                    former_secret = table.Column<byte[]>(type: "BLOB", nullable: true),
                    former_until = table.Column<long>(type: "INTEGER", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    revision = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_operations_channels", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "operations_rules",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    rule = table.Column<long>(type: "INTEGER", nullable: false),
                    enabled = table.Column<bool>(type: "INTEGER", nullable: false),
                    after_minutes = table.Column<int>(type: "INTEGER", nullable: false),
                    recover_minutes = table.Column<int>(type: "INTEGER", nullable: false),
                    amount = table.Column<int>(type: "INTEGER", nullable: false),
                    revision = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_operations_rules", x => new { x.tenant_id, x.rule });
                });

            migrationBuilder.CreateTable(
                name: "pricing_assignments",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    tariff_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    number = table.Column<int>(type: "INTEGER", nullable: false),
                    position = table.Column<int>(type: "INTEGER", nullable: false),
                    scope = table.Column<string>(type: "TEXT", nullable: false),
                    scope_id = table.Column<string>(type: "TEXT", nullable: true),
                    place = table.Column<string>(type: "TEXT", nullable: false),
                    priority = table.Column<int>(type: "INTEGER", nullable: false),
                    valid_from = table.Column<long>(type: "INTEGER", nullable: true),
                    valid_until = table.Column<long>(type: "INTEGER", nullable: true),
                    assigned_at = table.Column<long>(type: "INTEGER", nullable: false),
                    removed_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pricing_assignments", x => new { x.tenant_id, x.tariff_id, x.number });
                });

            migrationBuilder.CreateTable(
                name: "pricing_curve_prices",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    curve_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    number = table.Column<int>(type: "INTEGER", nullable: false),
                    price_nano = table.Column<long>(type: "INTEGER", nullable: true),
                    published_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pricing_curve_prices", x => new { x.tenant_id, x.curve_id, x.at, x.number });
                });

            migrationBuilder.CreateTable(
                name: "pricing_curves",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    currency = table.Column<string>(type: "TEXT", nullable: false),
                    time_zone = table.Column<string>(type: "TEXT", nullable: false),
                    step_seconds = table.Column<int>(type: "INTEGER", nullable: false),
                    gap = table.Column<string>(type: "TEXT", nullable: false),
                    fallback_nano = table.Column<long>(type: "INTEGER", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    published_at = table.Column<long>(type: "INTEGER", nullable: true),
                    source_kind = table.Column<string>(type: "TEXT", nullable: true),
                    source_from = table.Column<byte[]>(type: "BLOB", nullable: true),
                    fetch_at = table.Column<long>(type: "INTEGER", nullable: true),
                    fetched_at = table.Column<long>(type: "INTEGER", nullable: true),
                    fetch_failure = table.Column<string>(type: "TEXT", nullable: true),
                    revision = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pricing_curves", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "pricing_publications",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    tariff_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    number = table.Column<int>(type: "INTEGER", nullable: false),
                    version = table.Column<int>(type: "INTEGER", nullable: false),
                    activated_at = table.Column<long>(type: "INTEGER", nullable: false),
                    retired_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pricing_publications", x => new { x.tenant_id, x.tariff_id, x.number });
                });

            migrationBuilder.CreateTable(
                name: "pricing_simulation_parts",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    simulation_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    number = table.Column<int>(type: "INTEGER", nullable: false),
                    last_started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    last_session = table.Column<Guid>(type: "TEXT", nullable: false),
                    done = table.Column<long>(type: "INTEGER", nullable: false),
                    sessions = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pricing_simulation_parts", x => new { x.tenant_id, x.simulation_id, x.number });
                });

            migrationBuilder.CreateTable(
                name: "pricing_simulations",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    tariff_id = table.Column<byte[]>(type: "BLOB", nullable: true),
                    version = table.Column<int>(type: "INTEGER", nullable: true),
                    canonical = table.Column<byte[]>(type: "BLOB", nullable: false),
                    hash = table.Column<string>(type: "TEXT", nullable: false),
                    currency = table.Column<string>(type: "TEXT", nullable: false),
                    from_at = table.Column<long>(type: "INTEGER", nullable: false),
                    to_at = table.Column<long>(type: "INTEGER", nullable: false),
                    location = table.Column<byte[]>(type: "BLOB", nullable: true),
                    station = table.Column<byte[]>(type: "BLOB", nullable: true),
                    evse = table.Column<int>(type: "INTEGER", nullable: true),
                    of_tariff = table.Column<string>(type: "TEXT", nullable: true),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    done = table.Column<long>(type: "INTEGER", nullable: false),
                    total = table.Column<long>(type: "INTEGER", nullable: false),
                    failure = table.Column<string>(type: "TEXT", nullable: true),
                    result = table.Column<byte[]>(type: "BLOB", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: true),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pricing_simulations", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "pricing_tariffs",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    currency = table.Column<string>(type: "TEXT", nullable: false),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    active_version = table.Column<int>(type: "INTEGER", nullable: true),
                    latest_version = table.Column<int>(type: "INTEGER", nullable: false),
                    latest_publication = table.Column<int>(type: "INTEGER", nullable: false),
                    latest_assignment = table.Column<int>(type: "INTEGER", nullable: false),
                    changed_at = table.Column<long>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    revision = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pricing_tariffs", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "pricing_versions",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    tariff_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    version = table.Column<int>(type: "INTEGER", nullable: false),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    hash = table.Column<string>(type: "TEXT", nullable: false),
                    canonical = table.Column<byte[]>(type: "BLOB", nullable: false),
                    document = table.Column<byte[]>(type: "BLOB", nullable: false),
                    ocpi_version = table.Column<string>(type: "TEXT", nullable: false),
                    valid_from = table.Column<long>(type: "INTEGER", nullable: true),
                    valid_until = table.Column<long>(type: "INTEGER", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    author = table.Column<string>(type: "TEXT", nullable: true),
                    findings = table.Column<string>(type: "TEXT", nullable: true),
                    linted_at = table.Column<long>(type: "INTEGER", nullable: true),
                    approved_by = table.Column<string>(type: "TEXT", nullable: true),
                    approved_at = table.Column<long>(type: "INTEGER", nullable: true),
                    activate_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pricing_versions", x => new { x.tenant_id, x.tariff_id, x.version });
                });

            migrationBuilder.CreateTable(
                name: "sessions_books",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    station_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    epoch = table.Column<long>(type: "INTEGER", nullable: false),
                    n = table.Column<long>(type: "INTEGER", nullable: false),
                    state = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_sessions_books", x => new { x.tenant_id, x.station_id });
                });

            migrationBuilder.CreateTable(
                name: "sessions_cdrs",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    session_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    station_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    station = table.Column<string>(type: "TEXT", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false),
                    credit_of = table.Column<byte[]>(type: "BLOB", nullable: true),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: false),
                    energy = table.Column<long>(type: "INTEGER", nullable: false),
                    cost_excl_tax = table.Column<long>(type: "INTEGER", nullable: true),
                    cost_incl_tax = table.Column<long>(type: "INTEGER", nullable: true),
                    currency = table.Column<string>(type: "TEXT", nullable: true),
                    hash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    document = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_sessions_cdrs", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "sessions_sessions",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    station_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    station = table.Column<string>(type: "TEXT", nullable: false),
                    evse = table.Column<long>(type: "INTEGER", nullable: false),
                    connector = table.Column<long>(type: "INTEGER", nullable: false),
                    token_key = table.Column<string>(type: "TEXT", nullable: true),
                    transaction_id = table.Column<string>(type: "TEXT", nullable: false),
                    status = table.Column<long>(type: "INTEGER", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    energy = table.Column<long>(type: "INTEGER", nullable: false),
                    cost_excl_tax = table.Column<long>(type: "INTEGER", nullable: true),
                    cost_incl_tax = table.Column<long>(type: "INTEGER", nullable: true),
                    currency = table.Column<string>(type: "TEXT", nullable: true),
                    version = table.Column<long>(type: "INTEGER", nullable: false),
                    state = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_sessions_sessions", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "stations_commands",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    station_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    actor = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    action = table.Column<string>(type: "TEXT", nullable: false),
                    request = table.Column<string>(type: "TEXT", nullable: false),
                    remote_start_id = table.Column<long>(type: "INTEGER", nullable: true),
                    awaited_token = table.Column<byte[]>(type: "BLOB", nullable: true),
                    awaited_evse = table.Column<int>(type: "INTEGER", nullable: true),
                    awaited_transaction = table.Column<string>(type: "TEXT", nullable: true),
                    state = table.Column<int>(type: "INTEGER", nullable: false),
                    response = table.Column<string>(type: "TEXT", nullable: true),
                    detail = table.Column<string>(type: "TEXT", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    deadline_at = table.Column<long>(type: "INTEGER", nullable: false),
                    finished_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_stations_commands", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "stations_connections",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    station_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    connected_at = table.Column<long>(type: "INTEGER", nullable: false),
                    last_connected_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    ending = table.Column<int>(type: "INTEGER", nullable: true),
                    close_code = table.Column<int>(type: "INTEGER", nullable: true),
                    detail = table.Column<string>(type: "TEXT", nullable: true),
                    protocol = table.Column<string>(type: "TEXT", nullable: false),
                    remote = table.Column<string>(type: "TEXT", nullable: false),
                    security_profile = table.Column<int>(type: "INTEGER", nullable: false),
                    node = table.Column<string>(type: "TEXT", nullable: false),
                    times = table.Column<int>(type: "INTEGER", nullable: false),
                    drops = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_stations_connections", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "stations_connectors",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    station_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    evse = table.Column<int>(type: "INTEGER", nullable: false),
                    number = table.Column<int>(type: "INTEGER", nullable: false),
                    standard = table.Column<string>(type: "TEXT", nullable: true),
                    max_power_mw = table.Column<long>(type: "INTEGER", nullable: true),
                    status = table.Column<string>(type: "TEXT", nullable: true),
                    status_at = table.Column<long>(type: "INTEGER", nullable: true),
                    error_code = table.Column<string>(type: "TEXT", nullable: true),
                    learnt = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_stations_connectors", x => new { x.tenant_id, x.station_id, x.evse, x.number });
                });

            migrationBuilder.CreateTable(
                name: "stations_evses",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    station_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    number = table.Column<int>(type: "INTEGER", nullable: false),
                    evse_id = table.Column<string>(type: "TEXT", nullable: true),
                    learnt = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_stations_evses", x => new { x.tenant_id, x.station_id, x.number });
                });

            migrationBuilder.CreateTable(
                name: "stations_locations",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    time_zone = table.Column<string>(type: "TEXT", nullable: false),
                    country = table.Column<string>(type: "TEXT", nullable: false),
                    address = table.Column<string>(type: "TEXT", nullable: false),
                    city = table.Column<string>(type: "TEXT", nullable: false),
                    postal_code = table.Column<string>(type: "TEXT", nullable: true),
                    latitude_e7 = table.Column<long>(type: "INTEGER", nullable: true),
                    longitude_e7 = table.Column<long>(type: "INTEGER", nullable: true),
                    currency = table.Column<string>(type: "TEXT", nullable: true),
                    opening_hours = table.Column<string>(type: "TEXT", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    revision = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_stations_locations", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "stations_stations",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    identity = table.Column<string>(type: "TEXT", nullable: false),
                    location_id = table.Column<byte[]>(type: "BLOB", nullable: true),
                    name = table.Column<string>(type: "TEXT", nullable: true),
                    security_profile = table.Column<int>(type: "INTEGER", nullable: false),
                    insecure_until = table.Column<long>(type: "INTEGER", nullable: true),
                    key_hash = table.Column<byte[]>(type: "BLOB", nullable: true),
                    vendor = table.Column<string>(type: "TEXT", nullable: true),
                    model = table.Column<string>(type: "TEXT", nullable: true),
                    firmware = table.Column<string>(type: "TEXT", nullable: true),
                    serial = table.Column<string>(type: "TEXT", nullable: true),
                    booted_at = table.Column<long>(type: "INTEGER", nullable: true),
                    first_seen_at = table.Column<long>(type: "INTEGER", nullable: true),
                    last_seen_at = table.Column<long>(type: "INTEGER", nullable: true),
                    protocol = table.Column<string>(type: "TEXT", nullable: true),
                    clock_offset_ms = table.Column<long>(type: "INTEGER", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    revision = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_stations_stations", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "storage_audit",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    sequence = table.Column<long>(type: "INTEGER", nullable: false),
                    previous = table.Column<byte[]>(type: "BLOB", nullable: false),
                    hash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    actor = table.Column<string>(type: "TEXT", nullable: false),
                    way = table.Column<string>(type: "TEXT", nullable: false),
                    source = table.Column<string>(type: "TEXT", nullable: true),
                    action = table.Column<string>(type: "TEXT", nullable: false),
                    kind = table.Column<string>(type: "TEXT", nullable: false),
                    thing = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: true),
                    outcome = table.Column<string>(type: "TEXT", nullable: false),
                    before = table.Column<string>(type: "TEXT", nullable: true),
                    after = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_storage_audit", x => new { x.tenant_id, x.sequence });
                });

            migrationBuilder.CreateTable(
                name: "storage_audit_inbox",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    actor = table.Column<string>(type: "TEXT", nullable: false),
                    way = table.Column<string>(type: "TEXT", nullable: false),
                    source = table.Column<string>(type: "TEXT", nullable: true),
                    action = table.Column<string>(type: "TEXT", nullable: false),
                    kind = table.Column<string>(type: "TEXT", nullable: false),
                    thing = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: true),
                    outcome = table.Column<string>(type: "TEXT", nullable: false),
                    before = table.Column<string>(type: "TEXT", nullable: true),
                    after = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_storage_audit_inbox", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "storage_cluster_members",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    address = table.Column<string>(type: "TEXT", nullable: false),
                    node = table.Column<string>(type: "TEXT", nullable: false),
                    host = table.Column<string>(type: "TEXT", nullable: false),
                    status = table.Column<long>(type: "INTEGER", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    alive_at = table.Column<long>(type: "INTEGER", nullable: false),
                    suspicions = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_storage_cluster_members", x => new { x.tenant_id, x.address });
                });

            migrationBuilder.CreateTable(
                name: "storage_cluster_version",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_storage_cluster_version", x => x.tenant_id);
                });

            migrationBuilder.CreateTable(
                name: "storage_jobs",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    holder = table.Column<string>(type: "TEXT", nullable: false),
                    held_until = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_storage_jobs", x => new { x.tenant_id, x.name });
                });

            migrationBuilder.CreateTable(
                name: "storage_journal",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    station_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    epoch = table.Column<long>(type: "INTEGER", nullable: false),
                    n = table.Column<long>(type: "INTEGER", nullable: false),
                    origin = table.Column<long>(type: "INTEGER", nullable: false),
                    received_at = table.Column<long>(type: "INTEGER", nullable: false),
                    protocol = table.Column<long>(type: "INTEGER", nullable: false),
                    action = table.Column<string>(type: "TEXT", nullable: false),
                    message_id = table.Column<string>(type: "TEXT", nullable: false),
                    natural_key = table.Column<byte[]>(type: "BLOB", nullable: false),
                    raw = table.Column<byte[]>(type: "BLOB", nullable: false),
                    answer = table.Column<byte[]>(type: "BLOB", nullable: false),
                    decided = table.Column<byte[]>(type: "BLOB", nullable: false),
                    schema_version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_storage_journal", x => new { x.tenant_id, x.station_id, x.epoch, x.n });
                });

            migrationBuilder.CreateTable(
                name: "storage_journal_tail",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    station_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    epoch = table.Column<long>(type: "INTEGER", nullable: false),
                    n = table.Column<long>(type: "INTEGER", nullable: false),
                    origin = table.Column<long>(type: "INTEGER", nullable: false),
                    received_at = table.Column<long>(type: "INTEGER", nullable: false),
                    protocol = table.Column<long>(type: "INTEGER", nullable: false),
                    action = table.Column<string>(type: "TEXT", nullable: false),
                    message_id = table.Column<string>(type: "TEXT", nullable: false),
                    natural_key = table.Column<byte[]>(type: "BLOB", nullable: false),
                    raw = table.Column<byte[]>(type: "BLOB", nullable: false),
                    answer = table.Column<byte[]>(type: "BLOB", nullable: false),
                    decided = table.Column<byte[]>(type: "BLOB", nullable: false),
                    schema_version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_storage_journal_tail", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "storage_leases",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    station_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    epoch = table.Column<long>(type: "INTEGER", nullable: false),
                    node = table.Column<string>(type: "TEXT", nullable: false),
                    claimed_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_storage_leases", x => new { x.tenant_id, x.station_id });
                });

            migrationBuilder.CreateTable(
                name: "storage_wirelog",
                columns: table => new
                {
                    tenant_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    station_id = table.Column<byte[]>(type: "BLOB", nullable: false),
                    position = table.Column<long>(type: "INTEGER", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    frames = table.Column<byte[]>(type: "BLOB", nullable: false)
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

            migrationBuilder.Sql("CREATE TRIGGER storage_audit_is_as_it_was BEFORE UPDATE ON storage_audit  BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END");

            migrationBuilder.Sql("CREATE TRIGGER storage_audit_stays BEFORE DELETE ON storage_audit  BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END");

            migrationBuilder.Sql("CREATE TRIGGER storage_audit_inbox_is_as_it_was BEFORE UPDATE ON storage_audit_inbox  BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END");

            migrationBuilder.Sql("CREATE TRIGGER storage_audit_inbox_stays BEFORE DELETE ON storage_audit_inbox WHEN NOT EXISTS (SELECT 1 FROM storage_audit WHERE tenant_id = OLD.tenant_id AND id = OLD.id) BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END");
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
