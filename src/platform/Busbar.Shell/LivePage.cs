using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Storage;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Busbar.Shell;

/// <summary>What became of a page's reading.</summary>
public enum PageState
{
    Loading,
    Ready,
    Missing,
    Failed,
    Forbidden,
}

/// <summary>
/// A page that keeps itself fresh. It is drawn when everything on it has been read, on the server first and by the open connection then: the second drawing
/// finds the first and changes only what differs, so that nothing jumps. After a change it reads again at once, at most four times a second, and up to three times more than
/// that after a rest: what a station says is often two changes, such as its presence and the fact. Every two seconds it reads anyway, for what other processes changed.
/// </summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    // After a rest so many pauses are not waited for.
    private static readonly TimeSpan Saved = 3 * Pause;

    // A page that is dear to read is read less often: no open page costs more than a tenth of a processor.
    private const int CostFactor = 10;

    // The browser's script asks every two seconds while the page is seen; a page that nobody sees is not read.
    private static readonly TimeSpan SeenFor = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _gone = new();
    private IDisposable? _follow;
    private (TenantId Tenant, Guid? Station) _followed;
    private TaskCompletionSource _reading = new();
    private TaskCompletionSource _news = new();
    private bool _isReading;
    private bool _isFollowing;
    private bool _isStale;
    private long _seenAt;
    private long _readAt;
    private long? _leftAt;
    private DateTimeOffset _free;
    private TimeSpan _took;
    private TimeSpan _cost;

    [CascadingParameter] public HttpContext? Http { get; set; }

    /// <summary>The id of the tenant that the page was asked for in; null: the operator's own.</summary>
    [Parameter] public string? OfTenant { get; set; }

    [Inject] protected Visit Visit { get; set; } = null!;
    [Inject] private Hints Hints { get; set; } = null!;
    [Inject] private TimeProvider Clock { get; set; } = null!;
    [Inject] private NavigationManager Ways { get; set; } = null!;
    [Inject] private ILogger<LivePage> Logger { get; set; } = null!;

    public PageState State { get; private set; }

    /// <summary>Ends with the page.</summary>
    protected CancellationToken Gone => _gone.Token;

    /// <summary>The one station that the page is about, once it was read; null: anything of the tenant may change it.</summary>
    protected virtual Guid? Station => null;

    /// <summary>Reads all that the page shows.</summary>
    /// <returns>False: there is no such thing.</returns>
    protected abstract Task<bool> ReadAsync(CancellationToken ct);

    /// <inheritdoc />
    public override async Task SetParametersAsync(ParameterView parameters)
    {
        parameters.SetParameterProperties(this);
        Visit.Of(TypedId.TryParse<TenantId>(OfTenant, out var tenant) ? tenant : null);
        await FreshAsync();
        // Before the first bytes leave: the state is the answer's too.
        if (Http is { Response.HasStarted: false } http)
            http.Response.StatusCode = State switch { PageState.Missing => 404, PageState.Failed => 500, PageState.Forbidden => 403, _ => 200 };
        await base.SetParametersAsync(ParameterView.Empty);
    }

    /// <summary>Reads again, and draws what differs.</summary>
    protected async Task RefreshAsync()
    {
        // A slow reading is not asked for twice.
        if (_isReading || _gone.IsCancellationRequested) return;
        await FreshAsync();
        StateHasChanged();
    }

    /// <summary>The browser says that the page is seen.</summary>
    internal Task PulseAsync()
    {
        _seenAt = Clock.GetTimestamp();
        return RefreshAsync();
    }

    /// <inheritdoc />
    // Only a page that a connection keeps open comes here.
    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender) _seenAt = Clock.GetTimestamp();
        if (State is not PageState.Ready || _gone.IsCancellationRequested || (_follow is not null && _followed == (Visit.Caller.Tenant, Station))) return;
        _follow?.Dispose();
        _followed = (Visit.Caller.Tenant, Station);
        _follow = Hints.Follow(_followed.Tenant, _followed.Station, Changed);
    }

    // On the thread of who changed it.
    private void Changed()
    {
        if (!IsSeen) return;
        Volatile.Write(ref _isStale, true);
        if (Interlocked.Exchange(ref _isFollowing, true))
        {
            Volatile.Read(ref _news).TrySetResult();
            return;
        }
        _ = Task.Run(() => InvokeAsync(FollowAsync));
    }

    private async Task FollowAsync()
    {
        try
        {
            // Twice: what is shared by all who look may be from a moment before the change.
            for (var readings = 2; readings > 0 && IsSeen; readings--)
            {
                await RestAsync();
                while (_isReading) await _reading.Task.WaitAsync(Gone);
                // The second one is nobody's change, and a change that comes after it does not wait for a distance to it.
                if (Interlocked.Exchange(ref _isStale, false)) (readings, _free) = (2, Free() + Pause);
                await RefreshAsync();
            }
            Volatile.Write(ref _isFollowing, false);
            // Told between the last look and now.
            if (Volatile.Read(ref _isStale)) Changed();
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
        {
            // The page is gone.
        }
#pragma warning disable CA1031 // Whatever it was, the page goes on: it reads by itself, and the next change is followed.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Log.PageFailed(Logger, error, GetType().Name);
            Volatile.Write(ref _isFollowing, false);
        }
    }

    private bool IsSeen => Clock.GetElapsedTime(_seenAt) < SeenFor;

    private async Task RestAsync()
    {
        var news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _news, news);
        if (!Volatile.Read(ref _isStale)) await Task.WhenAny(news.Task, Task.Delay(Pause, Clock, Gone));
        var left = _cost * CostFactor > Pause ? (_cost * CostFactor) - Clock.GetElapsedTime(_readAt)
            : Volatile.Read(ref _isStale) ? _free - Clock.GetUtcNow() - Saved : TimeSpan.Zero;
        await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, Clock, Gone);
    }

    // After this a change is read at once; one may come as much before it as is saved.
    private DateTimeOffset Free() => Clock.GetUtcNow() is var now && now > _free ? now : _free;

    /// <summary>Asks again who is there, before something is done for them.</summary>
    /// <returns>False: they are led to the sign-in, or hold the scope no more.</returns>
    protected ValueTask<bool> MayAsync(string scope) => MayAsync(scope, reach => reach.IsWhole);

    /// <inheritdoc cref="MayAsync(string)" />
    /// <param name="scope">What one must hold.</param>
    /// <param name="covers">Where: whether that reaches what it is done to.</param>
    protected async ValueTask<bool> MayAsync(string scope, Func<Reach, bool> covers)
    {
        ArgumentNullException.ThrowIfNull(covers);
        if (await Visit.EnterAsync()) return covers(Visit.Caller.Within(scope));
        State = PageState.Loading;
        ToSignIn();
        return false;
    }

    /// <summary>Rows that a list asks for between two readings of the page: like each of them, only for who may still see it.</summary>
    protected async Task<GridRows<T>> RowsAsync<T>(Func<Task<GridRows<T>>> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        return await Visit.EnterAsync() && Visit.MaySee(GetType()) ? await read() : new GridRows<T>([], 0);
    }

    private async Task FreshAsync()
    {
        _isReading = true;
        _reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var began = Clock.GetTimestamp();
        try
        {
            if (!await Visit.EnterAsync())
            {
                // Nothing is drawn any more of what only an operator may see.
                State = PageState.Loading;
                ToSignIn();
            }
            else if (!Visit.MaySee(GetType())) State = PageState.Forbidden;
            else State = await ReadAsync(Gone) ? PageState.Ready : PageState.Missing;
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested)
        {
            // Nobody looks any more.
        }
#pragma warning disable CA1031 // A page that cannot be read says so; the next refresh may succeed.
        catch (Exception error) when (error is not NavigationException)
#pragma warning restore CA1031
        {
            Log.PageFailed(Logger, error, GetType().Name);
            State = PageState.Failed;
        }
        finally
        {
            _readAt = Clock.GetTimestamp();
            // One slow reading among quick ones says something of the moment, not of the page.
            var before = _took;
            _took = Clock.GetElapsedTime(began, _readAt);
            _cost = before > TimeSpan.Zero && before < _took ? before : _took;
            _isReading = false;
            _reading.TrySetResult();
        }
    }

    // Once: a reading that finds the same while the browser is on its way would send it off again. Should it have missed the first, it goes with a later one.
    private void ToSignIn()
    {
        var now = Clock.GetTimestamp();
        if (_leftAt is { } left && Clock.GetElapsedTime(left, now) < SeenFor) return;
        _leftAt = now;
        Ways.NavigateTo($"/signin?return={Uri.EscapeDataString(new Uri(Ways.Uri).PathAndQuery)}", forceLoad: true);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing || _gone.IsCancellationRequested) return;
        _follow?.Dispose();
        _gone.Cancel();
        _gone.Dispose();
    }
}
