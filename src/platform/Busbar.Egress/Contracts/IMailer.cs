namespace Busbar.Egress.Contracts;

/// <summary>A message in plain text. What came from outside may stand in it: line breaks in the subject are made blanks.</summary>
/// <param name="To">One address.</param>
/// <param name="Id">Becomes its Message-ID: the same message sent twice is one to the receiver.</param>
public sealed record Mail(string To, string Subject, string Text, string Id);

/// <summary>Sends mail by the installation's SMTP server (<c>Busbar:Mail</c>).</summary>
public interface IMailer
{
    /// <summary>A server is configured.</summary>
    bool IsConfigured { get; }

    Task<DeliveryOutcome> SendAsync(Mail mail, CancellationToken ct);
}
