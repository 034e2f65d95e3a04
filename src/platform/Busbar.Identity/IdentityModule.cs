using System.Linq.Expressions;
using Busbar.Egress.Contracts;
using Busbar.Identity.Api;
using Busbar.Identity.Audit;
using Busbar.Identity.Clients;
using Busbar.Identity.Http;
using Busbar.Identity.Keys;
using Busbar.Identity.Retention;
using Busbar.Identity.Storage;
using Busbar.Identity.Operators;
using Busbar.Identity.Personal;
using Busbar.Identity.SignOn;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Retention;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Busbar.Identity;

/// <summary>Tenants, API clients, operators, and the rules of the API's edge.</summary>
public static class IdentityModule
{
    /// <summary>The tenant that exists from the first start.</summary>
    public const string DefaultSlug = "default";

    /// <summary>Where a client changes its key for a token.</summary>
    public const string TokenPath = "/oauth/token";

    public static RoomSchema Schema => IdentitySchema.Schema;

    /// <summary>Starts after the schema is upgraded and before every room that looks at tenants.</summary>
    public static IServiceCollection AddIdentity(this IServiceCollection services, IdentityOptions options, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new IdSource(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(options);
        services.AddRoomDb(setup => new IdentityDb(setup));
        services.AddKeys(configuration);
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<IdentityDirectory>(provider));
        services.AddSingleton<IFourEyes, FourEyesBook>();
        services.AddSingleton<ITenants>(provider => provider.GetRequiredService<IdentityDirectory>());
        services.AddSingleton<IRestingTenants>(provider => provider.GetRequiredService<IdentityDirectory>());
        services.AddSingleton(provider => new Idempotency(
            provider.GetRequiredService<RoomDbFactory<IdentityDb>>(), provider.GetRequiredService<SealedBox>(), provider.GetRequiredService<KeyedHash>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddOptions<LimitsOptions>().Bind(configuration.GetSection(LimitsOptions.Section))
            .Validate(limits => limits.Positive, $"Every limit under {LimitsOptions.Section} must be at least 1.").ValidateOnStart();
        services.AddSingleton<RequestLimits>();
        services.AddSingleton<KeyRing>();
        services.AddHostedService<IdentityStartup>();
        services.AddHostedService(provider => provider.GetRequiredService<KeyKeeper>());
        services.AddAudit(configuration);
        services.AddRetention(configuration);
        services.AddOperators();
        services.AddPersonalData();
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<ClientDoor>();
        services.ConfigureHttpJsonOptions(http => ApiJson.Apply(http.SerializerOptions));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        return services;
    }

    /// <summary>The API's edge: problems outermost, then who calls. Before any endpoint that a room maps.</summary>
    public static IApplicationBuilder UseIdentity(this IApplicationBuilder app)
    {
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<ProblemWriter>();
        app.UseRouting();
        return app.UseMiddleware<Authentication>();
    }

    /// <summary>After <see cref="IdentityStartup"/>: data protection reads its keys when it starts.</summary>
    private static void AddOperators(this IServiceCollection services)
    {
        services.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = Passwords.Iterations);
        services.AddOptions<OperatorOptions>().BindConfiguration(OperatorOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<OperatorOptions>, LeakedPasswordsAreThere>();
        services.AddSingleton<LeakedPasswords>();
        services.AddSingleton<Passwords>();
        services.AddSingleton<SignInThrottle>();
        services.AddSingleton<OperatorDesk>();
        services.AddSingleton<IOperators, OperatorsAtWork>();
        services.AddSingleton<KnownDevice>();
        services.AddSingleton<DoorCookie>();
        services.AddSingleton<Entrance>();
        services.AddOptions<PasskeyOptions>().BindConfiguration(PasskeyOptions.Section);
        AddPeople(services);
        services.AddOptions<ForgottenOptions>().BindConfiguration(ForgottenOptions.Section)
            .Validate(forgotten => forgotten.IsUsable, $"{ForgottenOptions.Section}:PublicUrl must be an http or https address.").ValidateOnStart();
        services.AddSingleton<AccountMail>();
        services.AddHostedService(provider => provider.GetRequiredService<AccountMail>());
        services.AddSingleton<ForgottenPasswords>();
        services.AddHostedService(provider => provider.GetRequiredService<ForgottenPasswords>());
        services.AddSingleton(provider => new DemoDoor(
            provider.GetRequiredService<RoomDbFactory<IdentityDb>>(), provider.GetRequiredService<IdentityDirectory>(), provider.GetRequiredService<Passwords>(),
            provider.GetRequiredService<IdSource>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IWebAddresses, EveryAddress>();
        services.AddSingleton<SetupLinks>();
        services.AddHostedService(provider => provider.GetRequiredService<SetupLinks>());
        services.AddDataProtection().SetApplicationName("busbar");
        services.AddOptions<KeyManagementOptions>().Configure<KeyRing>((keys, ring) => (keys.XmlRepository, keys.XmlEncryptor) = (ring, new NullXmlEncryptor()));
        services.AddSessionCookie();
    }

    /// <summary>For a tool that starts no host and has something signed or verified. It changes nothing.</summary>
    public static Task LoadKeysAsync(IServiceProvider services, CancellationToken ct) => services.GetRequiredService<KeyVault>().StartAsync(looks: true, ct);

    /// <summary>For a tool: makes a new data key, after <see cref="LoadKeysAsync"/>. The servers hear of it.</summary>
    /// <returns>Its number.</returns>
    public static async Task<long> RotateKeysAsync(IServiceProvider services, CancellationToken ct)
    {
        var directory = services.GetRequiredService<IdentityDirectory>();
        await directory.ReloadAsync(ct);
        var top = directory.Find(DefaultSlug) ?? throw new InvalidOperationException("There is no tenant yet: start the server first.");
        return (await services.GetRequiredService<KeyVault>().RotateAsync(top.Id, Author.System("command"), ct)).Number;
    }

    private static void AddKeys(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<KeyOptions>().Bind(configuration.GetSection(KeyOptions.Section))
            .Validate(keys => keys.Pace > TimeSpan.Zero && keys.KeepRetired >= KeyOptions.LeastKept, $"{KeyOptions.Section}:Pace must be more than 0, {KeyOptions.Section}:KeepRetired at least {KeyOptions.LeastKept}.")
            .ValidateOnStart();
        services.AddSingleton<InstallationKey>();
        services.AddSingleton<HashingKey>();
        services.AddSingleton<KeyVault>();
        services.AddSingleton(provider => new KeyedHash(provider.GetRequiredService<HashingKey>()));
        services.AddSingleton(provider => new SealedBox(provider.GetRequiredService<KeyVault>()));
        services.AddSingleton<SubjectKeys>();
        services.AddSingleton<ISubjectKeys>(provider => provider.GetRequiredService<SubjectKeys>());
        services.AddSealedColumn<IdentityDb, SubjectKeyRow>(nameof(SubjectKeyRow.Key), row => SubjectKeys.Purpose(row.Id));
        services.AddSingleton<KeyMetrics>();
        services.AddSingleton<KeyKeeper>();
        services.AddSingleton(provider => new EncryptionKeys(provider.GetRequiredService<KeyVault>(), provider.GetRequiredService<KeyKeeper>(), provider.GetRequiredService<IdentityDirectory>()));
        services.AddSealedColumn<IdentityDb, AuthenticatorRow>(nameof(AuthenticatorRow.SealedSecret), row => SecondFactors.SecretPurpose(row.Holder));
        services.AddSealedColumn<IdentityDb, ProviderRow>(nameof(ProviderRow.SealedSecret), row => KnownProvider.SecretPurpose(row.Id));
        services.AddSealedColumn<IdentityDb, IdempotencyRow>(nameof(IdempotencyRow.Answer), _ => Idempotency.Purpose);
        services.AddSealedColumn<IdentityDb, KeyRow>(nameof(KeyRow.Value), _ => KeyRing.Purpose, row => row.Name != KeyRow.Installation);
    }

    /// <summary>A room's column of boxes (<see cref="SealedAttribute"/>), so that it is sealed anew after a rotation of the keys.</summary>
    /// <param name="purpose">What a row's box is sealed for.</param>
    /// <param name="only">The rows that have a box, where others of the table have something else there.</param>
    public static IServiceCollection AddSealedColumn<TDb, TRow>(this IServiceCollection services, string property, Func<TRow, string> purpose, Expression<Func<TRow, bool>>? only = null)
        where TDb : RoomDb where TRow : class, ITenantOwned =>
        services.AddSingleton<SealedColumn>(provider => new SealedColumn<TDb, TRow>(provider.GetRequiredService<RoomDbFactory<TDb>>(), property, purpose, only));

    /// <summary>For a room that keeps nothing of anybody.</summary>
    public static IServiceCollection AddNoPersonalData(this IServiceCollection services, string room, string why) => services.AddSingleton<IPersonalData>(new NoPersonalData(room, why));

    private static void AddPersonalData(this IServiceCollection services)
    {
        services.AddSingleton<IPersonalData, StoragePersonalData>();
        services.AddSingleton<IPersonalData, EgressPersonalData>();
        services.AddSingleton<IPersonalData, IdentityPersonalData>();
        services.AddSingleton<PersonalDataMetrics>();
        services.AddSingleton(provider => new PersonalDataDesk(
            provider.GetServices<IPersonalData>(), provider.GetRequiredService<RoomDbFactory<IdentityDb>>(), provider.GetRequiredService<Database>(), provider.GetRequiredService<PersonalDataMetrics>(),
            provider.GetRequiredService<IdSource>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<PersonalDataDesk>>()));
    }

    private static void AddAudit(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<AuditOptions>().Bind(configuration.GetSection(AuditOptions.Section))
            .Validate(audit => audit.KeepDays >= 1, $"{AuditOptions.Section}:KeepDays must be at least 1.").ValidateOnStart();
        services.AddSingleton(provider => new AuditAnchors(provider.GetRequiredService<IOptions<AuditOptions>>(), provider.GetRequiredService<Database>(), provider.GetRequiredService<KeyedHash>()));
        services.AddSingleton(provider => new AuditNames(provider.GetRequiredService<RowReader>()));
        services.AddSingleton<AuditMetrics>();
        services.AddSingleton<AuditKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<AuditKeeper>());
        // After the keeper, so that it ends before it: what it tells last is anchored too.
        services.AddSingleton<DoorAudit>();
        services.AddHostedService(provider => provider.GetRequiredService<DoorAudit>());
    }

    private static void AddRetention(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RetentionOptions>().Bind(configuration.GetSection(RetentionOptions.Section))
            .Validate(retention => retention.Pace > TimeSpan.Zero && retention.Every > TimeSpan.Zero, $"The times under {RetentionOptions.Section} must be positive.").ValidateOnStart();
        services.AddSingleton<IRetention, AuditRetention>();
        services.AddRetention(new RetainedRows("identity_break_glass", "until"), _ => new("breakGlass", RetentionTimes.OfBooksByDefault, 365, RetentionTimes.Longest,
            "Who came in from a tenant above past what was shared, and what for.", "The tenant's people may ask about it for as long as the audit tells what was done then."));
        services.AddSingleton(provider => new RetentionBook(provider.GetRequiredService<RoomDbFactory<IdentityDb>>(), provider.GetServices<IRetention>()));
        services.AddSingleton<IKeepingTroubles, KeepingTroubles>();
        services.AddSingleton<RetentionMetrics>();
        services.AddSingleton<RetentionKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<RetentionKeeper>());
    }

    // Their constructors are the room's own: what they take is.
    private static void AddPeople(IServiceCollection services)
    {
        services.AddSingleton(provider => new SignIns(Rooms(provider), Get<IdentityDirectory>(provider), Get<IdSource>(provider), Get<TimeProvider>(provider)));
        services.AddSingleton(provider => new GrantBook(Get<IdentityDirectory>(provider), Get<IPlaces>(provider)));
        services.AddSingleton(provider => new PeopleDesk(Rooms(provider), Get<IdentityDirectory>(provider), Get<GrantBook>(provider), Get<TimeProvider>(provider), Get<ILogger<PeopleDesk>>(provider)));
        services.AddSingleton(provider => new MappedGrants(Rooms(provider)));
        services.AddSingleton(provider => new RoleDesk(Rooms(provider), Get<IdentityDirectory>(provider), Get<GrantBook>(provider), Get<IdSource>(provider), Get<TimeProvider>(provider)));
        services.AddSingleton(provider => new InvitationDesk(
            Rooms(provider), Get<IdentityDirectory>(provider), Get<GrantBook>(provider), Get<PeopleDesk>(provider), Get<Passwords>(provider), Get<KeyedHash>(provider), Get<IdSource>(provider),
            Get<TimeProvider>(provider), Get<ILogger<InvitationDesk>>(provider)));
        services.AddSingleton(provider => new TenantDesk(Rooms(provider), Get<IdentityDirectory>(provider), Get<IdSource>(provider), Get<TimeProvider>(provider)));
        services.AddSingleton(provider => new FourEyesDesk(Rooms(provider), Get<IdentityDirectory>(provider), Get<IFourEyes>(provider), Get<AuditNames>(provider), Get<TimeProvider>(provider)));
        services.AddSingleton(provider => new ClosingDesk(
            Rooms(provider), Get<IdentityDirectory>(provider), Get<TenantDesk>(provider), provider.GetServices<ITenantActivity>(), Get<TimeProvider>(provider), Get<ILogger<ClosingDesk>>(provider)));
        services.AddSingleton(provider => new BreakGlassDesk(
            Rooms(provider), Get<IdentityDirectory>(provider), Get<IMailer>(provider), Get<IdSource>(provider), Get<TimeProvider>(provider), Get<ILogger<BreakGlassDesk>>(provider)));
        services.AddSingleton(provider => new SecondFactors(
            Rooms(provider), Get<IdentityDirectory>(provider), Get<PeopleDesk>(provider), Get<Passwords>(provider), Get<SignInThrottle>(provider), Get<KeyedHash>(provider), Get<SealedBox>(provider),
            Get<AccountMail>(provider), Get<TimeProvider>(provider), Get<ILogger<SecondFactors>>(provider)));
        services.AddSingleton(provider => new Passkeys(
            Rooms(provider), Get<IdentityDirectory>(provider), Get<SecondFactors>(provider), Get<DoorCookie>(provider), Get<IOptions<PasskeyOptions>>(provider), Get<AccountMail>(provider), Get<IdSource>(provider),
            Get<TimeProvider>(provider), Get<ILogger<Passkeys>>(provider)));
        services.AddSingleton(provider => new ApiClientDesk(
            Rooms(provider), Get<IdentityDirectory>(provider), Get<IPlaces>(provider), Get<KeyedHash>(provider), Get<IdSource>(provider), Get<TimeProvider>(provider)));
        services.AddSingleton<SignOnMetrics>();
        services.AddSingleton<ProviderLine>();
        services.AddSingleton<SignOnDesk>();
        services.AddSingleton(provider => new ProviderDesk(
            Rooms(provider), Get<IdentityDirectory>(provider), Get<GrantBook>(provider), Get<ProviderLine>(provider), Get<SealedBox>(provider), Get<IdSource>(provider), Get<TimeProvider>(provider),
            Get<ILogger<ProviderDesk>>(provider)));
        services.AddSingleton(provider => new LinkMail(Get<IMailer>(provider), Get<ILogger<LinkMail>>(provider)));

        static T Get<T>(IServiceProvider provider) where T : notnull => provider.GetRequiredService<T>();
        static RoomDbFactory<IdentityDb> Rooms(IServiceProvider provider) => Get<RoomDbFactory<IdentityDb>>(provider);
    }

    /// <summary>Where operators and programs come in, and operators go out: static pages and OAuth's addresses, outside the API.</summary>
    public static void MapPages(IEndpointRouteBuilder app)
    {
        SetupPages.Map(app);
        SignInPages.Map(app);
        SecondStepPages.Map(app);
        ProtectPages.Map(app);
        SignOnPages.Map(app);
        LinkPages.Map(app);
        ForgottenPages.Map(app);
        TokenEndpoints.Map(app);
    }

    /// <summary>The page of the <see cref="DemoDoor"/>, for a demo and nothing else.</summary>
    public static void MapDemo(IEndpointRouteBuilder app) => DemoPages.Map(app);

    public static void Map(RouteGroupBuilder api)
    {
        MeEndpoints.Map(api);
        FactorEndpoints.Map(api);
        TenantEndpoints.Map(api);
        ApiClientEndpoints.Map(api);
        AuditEndpoints.Map(api);
        PeopleEndpoints.Map(api);
        RoleEndpoints.Map(api);
        ProviderEndpoints.Map(api);
        KeyEndpoints.Map(api);
        RetentionEndpoints.Map(api);
        PersonalDataEndpoints.Map(api);
    }
}
