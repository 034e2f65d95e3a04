using System.Runtime.InteropServices;
using Busbar.Load;

using var stopping = new CancellationTokenSource();
void Stop(PosixSignalContext signal)
{
    // What was started is ended on the way out.
    signal.Cancel = true;
    stopping.Cancel();
}

using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hungUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
return await Commands.RunAsync(args, Console.Out, Console.Error, TimeProvider.System, stopping.Token);
