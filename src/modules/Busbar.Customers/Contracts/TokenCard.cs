namespace Busbar.Customers;

/// <summary>A token as other rooms' panels on its page need it.</summary>
/// <param name="Uid">As the operator wrote it; stations' spellings are compared without case.</param>
public sealed record TokenCard(TokenId Id, string Uid);
