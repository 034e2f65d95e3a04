using Busbar.Server;

// Sub-commands are words before any option; what is not one is configuration for the server.
return args switch
{
    ["rebuild", "--verify", .. var rest] => await RebuildCommand.RunAsync(rest),
    ["rebuild", ..] => RebuildCommand.Usage(),
    _ => await BusbarHost.RunAsync(args),
};
