using Busbar.Server;

// Sub-commands are words before any option; what is not one is configuration for the server.
return args switch
{
    ["rebuild", "--verify", .. var rest] => await RebuildCommand.RunAsync(rest),
    ["rebuild", ..] => RebuildCommand.Usage(),
    ["audit", "verify", .. var rest] => await AuditCommand.RunAsync(rest),
    ["audit", ..] => AuditCommand.Usage(),
    ["keys", "rotate", .. var rest] => await KeysCommand.RunAsync(rest),
    ["keys", ..] => KeysCommand.Usage(),
    _ => await BusbarHost.RunAsync(args),
};
