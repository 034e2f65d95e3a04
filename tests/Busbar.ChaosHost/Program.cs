using Busbar.ChaosHost;
using Busbar.Server;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Microsoft.Extensions.DependencyInjection;

// The server as it is shipped, with one of its guards taken away or a trap laid. Only tests start it; the program itself has no such switch.
// BUSBAR_CHAOS: none | ack-first | by-message-id | before-commit:N | after-commit:N | after-ack:N
var plan = Environment.GetEnvironmentVariable("BUSBAR_CHAOS") ?? "none";
await using var app = BusbarHost.Build(args, services =>
{
    if (plan != "none") services.AddSingleton<ICommitWriter>(provider => Traps.Lay(plan, Writer(provider)));
});
await app.RunAsync();

static ICommitWriter Writer(IServiceProvider provider)
{
    var database = provider.GetRequiredService<Database>();
    var clock = provider.GetRequiredService<TimeProvider>();
    return database.Kind == DatabaseKind.Sqlite ? new SqliteCommitWriter(database, clock) : new PostgresCommitWriter(database, clock);
}
