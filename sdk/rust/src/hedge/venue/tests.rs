use super::*;
use crate::hedge::{Band, CoinMarket, Hedger};
use evergreen_test_network::{Random, Venue, VenueFaults};

const LONGEST_WAIT: Duration = Duration::from_millis(60);

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn bot(venue: &Venue) -> Hedger<HttpVenue> {
    let bands = [("BTC", "0.05"), ("ETH", "0.5")].map(|(underlying, coins)| {
        (underlying.to_owned(), Band { coins: decimal(coins), to_zero: false, most: decimal("5") })
    });
    Hedger::new(HttpVenue::with_patience(&venue.url, LONGEST_WAIT).unwrap(), bands)
}

fn markets(deltas: &[Decimal; 2]) -> Vec<CoinMarket> {
    let market = |underlying: &str, price: i64, delta| CoinMarket {
        underlying: underlying.into(),
        price: price.into(),
        published: 0,
        delta,
    };
    vec![market("BTC", 100_000, deltas[0]), market("ETH", 4_000, deltas[1])]
}

/// Whatever gets lost, comes late or is refused: each number is one order, and no more coins are under way or held than the band asks for.
#[tokio::test]
async fn an_order_is_placed_once_whatever_the_network_does() {
    for seed in 0..2 {
        let venue = Venue::start(seed, decimal("5"), None).await;
        let delay = LONGEST_WAIT * 3;
        venue.set_faults(VenueFaults { lost: 8, unanswered: 12, busy: 12, late: 4, delay });
        let (mut random, mut bot) = (Random(seed), bot(&venue));
        let (mut deltas, mut failed) = ([Decimal::ZERO; 2], 0);
        for step in 0..80 {
            for (delta, most) in deltas.iter_mut().zip([400, 3_000]) {
                *delta += Decimal::new(random.range(-most, most), 3);
            }
            // A bot that is killed and started again knows nothing of what it has done.
            if random.range(0, 9) == 0 {
                bot = self::bot(&venue);
            }
            let looked = bot.look(step, Decimal::ONE, &markets(&deltas)).await;
            match looked {
                Ok(_) => {}
                Err(VenueError::NoAnswer { .. } | VenueError::Number { .. }) => failed += 1,
                Err(error) => panic!("{error}"),
            }
            venue.go_on();
        }
        // Once the network is well all of it is within the bands, in as many looks as the fills take.
        venue.set_faults(VenueFaults::default());
        tokio::time::sleep(delay * 2).await;
        let mut looks = 0;
        loop {
            let seen = bot.look(100, Decimal::ONE, &markets(&deltas)).await.unwrap();
            let waits = seen.iter().any(|seen| seen.ordered.is_some() || !seen.account.under_way.is_zero());
            for seen in &seen {
                let open = seen.market.delta + seen.account.coins;
                // What is ordered never goes beyond the other edge.
                let after = open + seen.account.under_way;
                assert!(waits || open.abs() <= decimal("0.501"), "{seen:?}");
                assert!(after.abs() <= open.abs(), "{seen:?}");
            }
            if !waits {
                break;
            }
            venue.go_on();
            looks += 1;
            assert!(looks < 100, "{seen:?}");
        }
        let (btc, _) = venue.coins("BTC");
        assert!((btc + deltas[0]).abs() <= decimal("0.051"), "{btc} for {}", deltas[0]);
        let (orders, again) = venue.orders();
        println!("seed {seed}: {orders} orders, {again} of them came again, {failed} looks failed");
        assert!(orders > 40 && again > 0, "{orders} orders, {again} came again");
    }
}

#[tokio::test]
async fn late_orders_of_a_bot_that_is_gone_change_nothing() {
    let venue = Venue::start(1, decimal("5"), None).await;
    venue.set_faults(VenueFaults { late: 100, delay: LONGEST_WAIT * 2, ..VenueFaults::default() });
    let mut first = HttpVenue::with_patience(&venue.url, LONGEST_WAIT).unwrap();
    let order = |coins: &str| CoinOrder { number: 0, underlying: "BTC".into(), coins: decimal(coins), at: 0 };
    // It is killed while it waits.
    let lost = tokio::time::timeout(LONGEST_WAIT / 2, first.order(&order("1"))).await;
    assert!(matches!(lost, Err(tokio::time::error::Elapsed { .. })), "{lost:?}");
    venue.set_faults(VenueFaults::default());
    // Another one decides anew, and takes the number before the first order comes.
    let mut second = HttpVenue::with_patience(&venue.url, LONGEST_WAIT).unwrap();
    assert_eq!(second.account("BTC").await.unwrap().next_number, 0);
    second.order(&order("1.5")).await.unwrap();
    tokio::time::sleep(LONGEST_WAIT * 4).await;
    assert_eq!((venue.coins("BTC").1, venue.orders()), (decimal("1.5"), (1, 1)));
    // The same once more is the same; another one of its number is refused, and told apart.
    second.order(&order("1.5")).await.unwrap();
    assert!(matches!(second.order(&order("2")).await, Err(VenueError::Number { .. })));
    let far = CoinOrder { number: 7, ..order("2") };
    assert!(matches!(second.order(&far).await, Err(VenueError::Number { .. })));
}

#[tokio::test]
async fn a_venue_refuses_in_its_own_words_and_its_key_is_never_printed() {
    let venue = Venue::start(1, decimal("5"), Some("venue-secret")).await;
    let mut stranger = HttpVenue::new(&venue.url).unwrap();
    assert!(matches!(stranger.account("BTC").await, Err(VenueError::Refused { status: 401, .. })));
    let mut own = HttpVenue::new(&venue.url).unwrap().with_key("venue-secret");
    let account = own.account("ETH").await.unwrap();
    assert_eq!(
        (account.lot, account.profit, account.costs.total()),
        (decimal("0.001"), decimal("-1.5"), decimal("1.5"))
    );
    assert!(!format!("{own:?}").contains("secret"));
    let order = CoinOrder { number: 0, underlying: "ETH".into(), coins: decimal("6"), at: 0 };
    let refused = own.order(&order).await.unwrap_err();
    assert!(
        matches!(refused, VenueError::Refused { status: 422, .. }) && refused.to_string().contains("no size"),
        "{refused}"
    );
    let mut away = HttpVenue::with_patience("http://127.0.0.1:9", LONGEST_WAIT).unwrap();
    let gone = away.order(&order).await.unwrap_err();
    assert!(matches!(gone, VenueError::NoAnswer { .. }), "{gone}");
}

#[test]
fn answers_that_follow_no_protocol_are_told() {
    let read = |text: &str| serde_json::from_str::<AccountAnswer>(text).map_err(|error| error.to_string())?.account();
    let good = r#"{"coins":"1","under_way":"0","next_number":3,"lot":"0.001"}"#;
    let account = read(good).unwrap();
    assert_eq!((account.coins, account.next_number, account.costs), (Decimal::ONE, 3, HedgeCosts::default()));
    for (from, to, why) in [
        ("\"1\"", "\"one\"", "coins is \"one\""),
        ("0.001", "0", "lot is 0"),
        ("3", "-3", "invalid value"),
        ("\"under_way\":\"0\",", "", "missing field"),
    ] {
        let told = read(&good.replacen(from, to, 1)).unwrap_err();
        assert!(told.contains(why), "{told}");
    }
}
