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
/// finds the first and changes only what differs, so that nothing jumps.
/// </summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _gone = new();
    private bool _isReading;

    [CascadingParameter] public HttpContext? Http { get; set; }

    [Inject] protected Visit Visit { get; set; } = null!;
    [Inject] private NavigationManager Ways { get; set; } = null!;
    [Inject] private ILogger<LivePage> Logger { get; set; } = null!;

    public PageState State { get; private set; }

    /// <summary>Ends with the page.</summary>
    protected CancellationToken Gone => _gone.Token;

    /// <summary>Reads all that the page shows.</summary>
    /// <returns>False: there is no such thing.</returns>
    protected abstract Task<bool> ReadAsync(CancellationToken ct);

    /// <inheritdoc />
    public override async Task SetParametersAsync(ParameterView parameters)
    {
        parameters.SetParameterProperties(this);
        await FreshAsync();
        // Before the first bytes leave: the state is the answer's too.
        if (Http is { Response.HasStarted: false } http)
            http.Response.StatusCode = State switch { PageState.Missing => 404, PageState.Failed => 500, PageState.Forbidden => 403, _ => 200 };
        await base.SetParametersAsync(ParameterView.Empty);
    }

    /// <summary>Reads again, and draws what differs.</summary>
    protected internal async Task RefreshAsync()
    {
        // A slow reading is not asked for twice.
        if (_isReading || _gone.IsCancellationRequested) return;
        await FreshAsync();
        StateHasChanged();
    }

    /// <summary>Asks again who is there, before something is done for them.</summary>
    /// <returns>False: they are led to the sign-in, or hold the scope no more.</returns>
    protected async ValueTask<bool> MayAsync(string scope)
    {
        if (await Visit.EnterAsync()) return Visit.Caller.May(scope);
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
        finally { _isReading = false; }
    }

    private void ToSignIn() => Ways.NavigateTo($"/signin?return={Uri.EscapeDataString(new Uri(Ways.Uri).PathAndQuery)}", forceLoad: true);

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing || _gone.IsCancellationRequested) return;
        _gone.Cancel();
        _gone.Dispose();
    }
}
