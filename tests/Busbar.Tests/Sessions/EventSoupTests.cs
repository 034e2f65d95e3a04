namespace Busbar.Tests.Sessions;

/// <summary>Bar R8, told with the transaction id that the station was given.</summary>
public sealed class EventSoupTests
{
    [Fact] public void Any_order_of_a_session_with_the_right_id_gives_one_bill() => EventSoup.Serve(new EventSoup.Soup(null, true, EventSoup.Strangers.None), isBilled: true);

    [Fact] public void Any_order_beside_a_stranger_with_the_right_id_gives_both_their_bills() => EventSoup.Serve(new EventSoup.Soup(null, false, EventSoup.Strangers.Around), isBilled: true);

    [Fact]
    public void Dedupe_by_message_id_is_caught() => Assert.NotEmpty(EventSoup.Violations(new EventSoup.Soup(null, true, EventSoup.Strangers.None), isBilled: true, Sabotage.DedupesByMessageId));

    [Fact]
    public void Ignoring_what_comes_after_the_end_is_caught() => Assert.NotEmpty(EventSoup.Violations(new EventSoup.Soup(null, true, EventSoup.Strangers.None), isBilled: true, Sabotage.DropsAfterEnd));

    [Fact]
    public void Billing_by_the_time_of_receipt_is_caught() => Assert.NotEmpty(EventSoup.Violations(new EventSoup.Soup(null, true, EventSoup.Strangers.None), isBilled: true, Sabotage.OrdersByArrival));
}

/// <summary>Bar R8, told with transaction ids that say nothing.</summary>
public sealed class SenselessIdSoupTests
{
    [Fact] public void Any_order_with_the_id_minus_one_is_matched_by_token_time_and_meter() => EventSoup.Serve(new EventSoup.Soup("-1", true, EventSoup.Strangers.Before), isBilled: true);

    [Fact] public void Any_order_with_the_id_zero_is_matched_by_token_time_and_meter() => EventSoup.Serve(new EventSoup.Soup("0", true, EventSoup.Strangers.After), isBilled: true);

    [Fact] public void Any_order_with_the_largest_id_is_matched_by_token_time_and_meter() => EventSoup.Serve(new EventSoup.Soup("9223372036854775807", true, EventSoup.Strangers.Around), isBilled: true);

    [Fact] public void Any_order_with_no_id_and_no_token_is_held_and_nobody_is_billed_for_it() => EventSoup.Serve(new EventSoup.Soup("-1", false, EventSoup.Strangers.Around), isBilled: false);

    [Fact]
    public void Forgetting_unknown_transactions_is_caught() => Assert.NotEmpty(EventSoup.Violations(new EventSoup.Soup("-1", true, EventSoup.Strangers.Before), isBilled: true, Sabotage.DropsUnknownTransactions));
}
