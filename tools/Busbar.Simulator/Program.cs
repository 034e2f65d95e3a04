using Busbar.Simulator.Cli;

using var stopping = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stopping.Cancel();
};
return await Commands.RunAsync(args, Console.Out, Console.Error, TimeProvider.System, stopping.Token);
