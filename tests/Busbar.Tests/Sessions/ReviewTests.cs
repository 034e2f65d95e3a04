using System.Net;
using System.Text.Json;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Busbar.Sessions;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>What is held waits for a person, and a person's word is a fact: it bills or waives, stands in the journal, and holds only for what they saw.</summary>
public sealed class ReviewTests(Servers servers)
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 6, 1, 12, 0);

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_held_session_is_billed_or_waived_by_a_person_and_a_replay_decides_the_same(DatabaseKind kind)
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), services => services.AddSingleton<ITariffBook>(new OneTariff()));
        var api = server.Admin;
        var station = await ToldStation.MadeAsync(server, api, "default", "CP-1");
        await HeldAsync(station, "T1", Noon);
        await HeldAsync(station, "T2", Noon + Duration.FromHours(3));
        Assert.Empty((await api.GetAsync("cdrs")).Items);
        var ids = (await api.GetAsync("sessions?status=held")).Items.ToDictionary(it => it.GetProperty("ocppTransactionId").GetString()!, it => it.GetProperty("id").GetString()!);

        (await DecideAsync(api, ids["T1"], "bill", tag: null)).Is(HttpStatusCode.PreconditionRequired, "preconditionRequired");
        (await DecideAsync(api, ids["T1"], "bill", tag: "\"77\"")).Is(HttpStatusCode.PreconditionFailed, "preconditionFailed");
        (await DecideAsync(api, ids["T1"], "refund")).Is(HttpStatusCode.BadRequest, "unknownValue");
        (await DecideAsync(api, "ses00000000000000000000000000", "bill")).Is(HttpStatusCode.NotFound);
        var reader = server.With((await api.PostAsync("api-clients", new { name = "reader", scopes = new[] { "sessions:read" } })).Text("key"));
        (await DecideAsync(reader, ids["T1"], "bill")).Is(HttpStatusCode.Forbidden, "forbidden");
        Assert.Empty((await api.GetAsync("cdrs")).Items);

        var billed = await DecideAsync(api, ids["T1"], "bill", note: "the meter says so");
        billed.Is(HttpStatusCode.OK);
        Assert.Equal("completed", billed.Text("status"));
        Assert.Equal(("bill", "the meter says so"), (billed.Body.GetProperty("review").GetProperty("decision").GetString(), billed.Body.GetProperty("review").GetProperty("note").GetString()));
        Assert.Equal(2_000m, Assert.Single((await api.GetAsync("cdrs")).Items).GetProperty("energyWh").GetDecimal());
        (await DecideAsync(api, ids["T1"], "bill")).Is(HttpStatusCode.Conflict, "notHeld");

        var waived = await DecideAsync(api, ids["T2"], "waive");
        waived.Is(HttpStatusCode.OK);
        Assert.Equal("completed", waived.Text("status"));
        Assert.Contains("waived", Codes(waived.Body));
        Assert.Equal(JsonValueKind.Null, waived.Body.GetProperty("cost").ValueKind);
        Assert.Single((await api.GetAsync("cdrs")).Items);
        Assert.Empty((await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken)).Differences);

        // Another day, another mind.
        (await DecideAsync(api, ids["T2"], "bill")).Is(HttpStatusCode.OK);
        Assert.Equal(2, (await api.GetAsync("cdrs")).Items.Count());

        // Its end comes after all: it is billed by that, and the former bill is taken back.
        await station.ConnectAgainAsync();
        await station.TellAsync(Frames.Event("Ended", "T1", 3, Noon + Duration.FromHours(2), 5_000, offline: true));
        var cdrs = (await api.GetAsync($"cdrs?sessionId={ids["T1"]}")).Items;
        Assert.Equal([2_000m, 2_000m, 4_000m], cdrs.OrderBy(cdr => cdr.GetProperty("version").GetInt32()).Select(cdr => cdr.GetProperty("energyWh").GetDecimal()));
        Assert.Empty((await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken)).Differences);
    }

    /// <summary>Two clerks with the same page open: the decision of one is not overwritten by the other, who did not know of it.</summary>
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Of_two_decisions_on_the_same_sight_one_is_taken_and_the_other_is_told(DatabaseKind kind)
    {
        var both = new Together();
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), services =>
        {
            services.AddSingleton<ITariffBook>(new OneTariff());
            var real = services.Last(service => service.ServiceType == typeof(IConclusions));
            services.AddSingleton<IConclusions>(provider => new TogetherConclusions((IConclusions)ActivatorUtilities.CreateInstance(provider, real.ImplementationType!), both));
        });
        var api = server.Admin;
        var station = await ToldStation.MadeAsync(server, api, "default", "CP-1");
        await HeldAsync(station, "T1", Noon);
        var id = Assert.Single((await api.GetAsync("sessions?status=held")).Items).GetProperty("id").GetString()!;
        var tag = (await api.GetAsync($"sessions/{id}")).Headers.ETag!.ToString();
        both.IsOn = true;
        var answers = await Task.WhenAll(DecideAsync(api, id, "bill", tag), DecideAsync(api, id, "waive", tag));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.PreconditionFailed], answers.Select(answer => answer.Status).Order());
        var taken = answers.Single(answer => answer.Status == HttpStatusCode.OK).Body.GetProperty("review").GetProperty("decision").GetString();
        Assert.Equal(taken, (await api.GetAsync($"sessions/{id}")).Body.GetProperty("review").GetProperty("decision").GetString());
        Assert.Equal(taken == "bill" ? 1 : 0, (await api.GetAsync("cdrs")).Items.Count());
        Assert.Empty((await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken)).Differences);
    }

    /// <summary>Lets nobody go on before both have come, and then one after the other, as they took their decisions: nobody has the station, and two who take it at once fence each other.</summary>
    private sealed class Together
    {
        private readonly TaskCompletionSource _both = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<ChargingFact> _facts = [];

        public bool IsOn { get; set; }

        public async Task<bool> ConcludeAsync(ChargingFact fact, Func<Task<bool>> conclude)
        {
            if (!IsOn) return await conclude();
            lock (_facts)
            {
                _facts.Add(fact);
                if (_facts.Count == 2) _both.SetResult();
            }
            await _both.Task.WaitAsync(TimeSpan.FromSeconds(30));
            var isFirst = ReferenceEquals(fact, _facts.OrderBy(one => one.Time.At).First());
            if (!isFirst) await _first.Task.WaitAsync(TimeSpan.FromSeconds(30));
            try { return await conclude(); }
            finally { if (isFirst) _first.SetResult(); }
        }
    }

    private sealed class TogetherConclusions(IConclusions real, Together together) : IConclusions
    {
        public Task<bool> ConcludeAsync(Busbar.Kernel.TenantId tenant, StationId station, ChargingFact fact, CancellationToken ct) =>
            together.ConcludeAsync(fact, () => real.ConcludeAsync(tenant, station, fact, ct));
    }

    [Theory]
    [InlineData(true, "0.80")]
    [InlineData(false, "2.00")]
    public async Task A_price_that_was_missing_is_asked_for_once_more_when_a_person_bills(bool toldSince, string expected)
    {
        var market = new TestMarket { Refuses = true, HasGap = true, Price = 0.40m };
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), services =>
        {
            services.AddSingleton<ITariffBook>(new CurveTariff(CurveLock.EachInterval));
            services.AddSingleton<ICurveBook>(market);
        });
        var station = await ToldStation.MadeAsync(server, server.Admin, "default", "CP-1");
        await station.TellAsync(Frames.Event("Started", "T", 0, Noon, 1_000, "Charging", "TAG", offline: true));
        await station.TellAsync(Frames.Event("Ended", "T", 1, Noon + Duration.FromMinutes(15), 3_000, offline: true));
        var held = Assert.Single((await server.Admin.GetAsync("sessions?status=held")).Items);
        Assert.Contains("priceMissing", Codes(held));
        market.HasGap = !toldSince;
        var billed = await DecideAsync(server.Admin, held.GetProperty("id").GetString()!, "bill");
        billed.Is(HttpStatusCode.OK);
        Assert.Equal(!toldSince, Codes(billed.Body).Contains("priceMissing"));
        Assert.Equal(expected, Assert.Single((await server.Admin.GetAsync("cdrs")).Items).GetProperty("totalCost").GetProperty("exclTax").GetString());
        // What the market says later changes nothing of it.
        market.Price = 9m;
        await station.ConnectAgainAsync();
        await station.TellAsync(Frames.Event("Ended", "T", 2, Noon + Duration.FromMinutes(15), 3_000, offline: true));
        Assert.Equal(expected, Assert.Single((await server.Admin.GetAsync("cdrs")).Items).GetProperty("totalCost").GetProperty("exclTax").GetString());
        Assert.Empty((await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken)).Differences);
    }

    [Fact]
    public void A_decision_holds_for_what_was_seen_and_the_newest_one_counts_in_any_order()
    {
        Frame[] charge =
        [
            Frames.Event("Started", "T", 0, Noon, 1_000, "Charging", "TAG", offline: true), Frames.Event("Updated", "T", 1, Noon + Duration.FromMinutes(30), 3_000, offline: true),
            Abandoned("T"),
        ];
        Assert.Empty(Told(charge).Live);
        Assert.Single(Told([.. charge, Reviewed(1, true, Issues.StationSilent)]).Live);
        // They did not see that.
        Assert.Empty(Told([.. charge, Reviewed(1, true, Issues.NoEnd)]).Live);
        // An end below what was read: the session has other trouble than they saw.
        var regressed = Told([.. charge, Reviewed(1, true, Issues.StationSilent), Frames.Event("Ended", "T", 2, Noon + Duration.FromHours(1), 2_000, offline: true)]);
        Assert.Empty(regressed.Live);
        Assert.Equal(SessionPhase.Held, Assert.Single(regressed.Sessions).Phase);
        // Waived is waived, whatever comes.
        Assert.Empty(Told([.. charge, Reviewed(1, false), Frames.Event("Ended", "T", 2, Noon + Duration.FromHours(1), 4_000, offline: true)]).Live);
        // The second decision takes back what the first one billed.
        var changed = Told([.. charge, Reviewed(1, true, Issues.StationSilent), Reviewed(2, false)]);
        Assert.Empty(changed.Live);
        Assert.Equal(2, changed.Cdrs.Count);
        Assert.Empty(Told([.. charge, Reviewed(2, false), Reviewed(1, true, Issues.StationSilent)]).Live);
    }

    [Fact]
    public void A_journalled_decision_is_read_back_as_it_was_taken()
    {
        var fact = (ChargingFact.Reviewed)Reviewed(5, true, "a", "b").Fact with { Note = "because" };
        var read = Assert.IsType<ChargingFact.Reviewed>(OwnFacts.Read("Reviewed", OwnFacts.Write(fact)));
        Assert.Equal((fact.SessionId, fact.TransactionId, fact.Bill, fact.Actor, fact.Note, fact.Time.At), (read.SessionId, read.TransactionId, read.Bill, read.Actor, read.Note, read.Time.At));
        Assert.Equal(["a", "b"], read.Seen);
    }

    private static Journal Told(Frame[] frames)
    {
        var journal = new Journal();
        foreach (var frame in frames)
        {
            // The session's id is known once there is one.
            var told = frame.Fact is ChargingFact.Reviewed review ? Own(review with { SessionId = Assert.Single(journal.Sessions).Id.ToString() }) : frame;
            journal.Tell(told, Noon + Duration.FromHours(2));
            journal.Restart();
        }
        return journal;
    }

    private static async Task HeldAsync(ToldStation station, string transaction, Instant start)
    {
        await station.TellAsync(Frames.Event("Started", transaction, 0, start, 1_000, "Charging", "TAG", offline: true));
        await station.TellAsync(Frames.Event("Updated", transaction, 1, start + Duration.FromMinutes(30), 3_000, offline: true));
        await station.TellAsync(Abandoned(transaction));
    }

    private static async Task<Answer> DecideAsync(ApiClient api, string id, string decision, string? tag = "", string? note = null) => await api.SendAsync(
        HttpMethod.Post, $"sessions/{id}/review", JsonSerializer.Serialize(note is null ? new { decision } : (object)new { decision, note }), ifMatch: tag != "" ? tag : (await api.GetAsync($"sessions/{id}")).Headers.ETag?.ToString() ?? "*", idempotencyKey: ApiClient.NewKey());

    private static IEnumerable<string?> Codes(JsonElement session) => session.GetProperty("issues").EnumerateArray().Select(issue => issue.GetProperty("code").GetString());

    private static Frame Abandoned(string transaction) => Own(new ChargingFact.GapsAbandoned { Time = StationTime.Missing, TransactionId = transaction, Reason = AbandonReason.StationSilent });

    private static Frame Reviewed(int minute, bool bill, params string[] seen) => Own(new ChargingFact.Reviewed
    {
        Time = new StationTime(Noon + Duration.FromHours(1) + Duration.FromMinutes(minute), "", ClockQuality.Plausible), TransactionId = "T", SessionId = "", Bill = bill, Seen = seen, Actor = "opr",
    });

    private static Frame Own(ChargingFact fact) => new(fact, 0, OwnFacts.ActionOf(fact), OwnFacts.Write(fact));
}
