//! Tests of price accounts, which Pyth's own crate reads.

use anchor_lang::{AccountDeserialize, prelude::Clock};
use evergreen_localnet::{DOLLAR, Network, Options, Player, Price, PricePath, Publisher, PythGeneration, feeds};
use pyth_solana_receiver_sdk::{
    error::GetPriceError,
    price_update::{PriceUpdateV2, VerificationLevel},
};

fn decode(data: &[u8]) -> PriceUpdateV2 {
    PriceUpdateV2::try_deserialize(&mut &data[..]).unwrap()
}

#[test]
fn push_feeds_are_where_pyth_has_them() {
    let known = [
        (
            feeds::BTC_USD,
            "4cSM2e6rvbGQUFiJbqytoVMi5GgghSMr8LwVrT9VPSPo",
            "APgzQGGdv2qCgBkX6aHVkrGePtBVDDg68GiqaM7rmtf5",
        ),
        (
            feeds::ETH_USD,
            "42amVS4KgzR9rA28tkVYqVXjq9Qa8dcZQMbH5EYFX6XC",
            "7odryi4WfoMFHtv2eubdMgP1pqQMmdiXSK1N2tqZ2nRH",
        ),
        (
            feeds::SOL_USD,
            "7UVimffxr9ow1uXYxsr4LHAcV58mLzhmwaeKvJ1pjLiE",
            "7AviUf9nL62mcxNbQGKm4nKDQnPjswo6c5MX4D57HmyE",
        ),
        (
            feeds::TSLA_USD,
            "E8WFH8brgP58arcuW2wwsPHiomYrSvrgWTsRLZLAEZUQ",
            "Ayoy1gwnhWiycXt31Jj14MDPwnmcERXEg6zTybju8kYo",
        ),
        (
            feeds::NVDA_USD,
            "2w1Tg1XTZbUib7srfRoStJ4v5JXVsK7roQEGMsMaGZFC",
            "BpsV4NCkHxC3FzykhvwMqo3Xkntm2EyPWdC92fVum1Xh",
        ),
        (
            feeds::AAPL_USD,
            "DJ2FyTgUAkEtXW3U5P9PF19meFTRtW4ZWKKFgACfVbUy",
            "AMg1o31UCgYtBgg6FuSCqUuYYq19XVmN11JTdMQ4eK6L",
        ),
    ];
    for (feed, previous, upgraded) in known {
        assert_eq!(PythGeneration::Previous.push_feed(0, &feed).to_string(), previous);
        assert_eq!(PythGeneration::Upgraded.push_feed(0, &feed).to_string(), upgraded);
    }
    assert_eq!(PythGeneration::Upgraded.receiver(), pyth_solana_receiver_sdk::ID);
    assert_eq!(PythGeneration::Upgraded.push_program(), pyth_solana_receiver_sdk::PYTH_PUSH_ORACLE_ID);
}

#[test]
fn the_bytes_lie_where_the_layout_says() {
    let price =
        Price { conf: 7, prev_publish_time: 11, ema_price: 13, ema_conf: 17, ..Price::new(feeds::ETH_USD, -5, 12) };
    let authority = PythGeneration::Previous.push_feed(0, &feeds::ETH_USD);
    let data = price.encode(&authority, 99).unwrap();
    assert_eq!(data.len(), 134);
    assert_eq!(data[..8], [0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd]);
    assert_eq!(data[8..40], authority.to_bytes());
    assert_eq!(data[40], 1, "the price is not fully verified");
    assert_eq!(data[41..73], feeds::ETH_USD);
    let word = |at: usize| i64::from_le_bytes(data[at..at + 8].try_into().unwrap());
    assert_eq!((word(73), word(81), word(93), word(101)), (-5, 7, 12, 11));
    assert_eq!(data[89..93], (-8_i32).to_le_bytes());
    assert_eq!((word(109), word(117), word(125)), (13, 17, 99));
    assert_eq!(data[133], 0);

    let partial = Price { partial_signatures: Some(5), ..price };
    let shifted = partial.encode(&authority, 99).unwrap();
    assert_eq!((shifted.len(), shifted[40], shifted[41]), (134, 0, 5));
    assert_eq!(shifted[42..74], feeds::ETH_USD, "a partially verified price has all later fields one byte further");
    assert_eq!(decode(&shifted).verification_level, VerificationLevel::Partial { num_signatures: 5 });
}

#[test]
fn a_written_price_is_read_by_pyths_crate_on_both_generations() {
    let network = Network::start(Options::fast()).unwrap();
    let chain = network.client();
    for generation in [PythGeneration::Previous, PythGeneration::Upgraded] {
        let now = chain.clock().unwrap().unix_timestamp;
        let address = chain.set_price(generation, &Price::new(feeds::BTC_USD, 100_000 * DOLLAR, now)).unwrap();
        let account = chain.account(&address).unwrap().unwrap();
        assert_eq!(account.owner, generation.receiver());
        let update = decode(&account.data);
        let clock = Clock { unix_timestamp: now + 5, ..Clock::default() };
        let read = update.get_price_no_older_than(&clock, 10, &feeds::BTC_USD).unwrap();
        assert_eq!((read.price, read.conf, read.exponent), (100_000 * DOLLAR, 20 * DOLLAR as u64, -8));
        assert_eq!(update.write_authority, address);
        let stale = Clock { unix_timestamp: now + 11, ..Clock::default() };
        let too_old = update.get_price_no_older_than(&stale, 10, &feeds::BTC_USD);
        assert!(matches!(too_old, Err(GetPriceError::PriceTooOld)));
    }
}

#[test]
fn a_publisher_keeps_the_ema_price_between_old_and_new() {
    let network = Network::start(Options::fast()).unwrap();
    let chain = network.client();
    let mut btc = Publisher::new(PythGeneration::Previous, feeds::BTC_USD);
    let early = btc.refresh(chain).unwrap_err();
    assert_eq!(early.to_string(), "price: nothing published yet");
    let start = chain.clock().unwrap().unix_timestamp;
    btc.publish(chain, 100_000 * DOLLAR, start).unwrap();
    let now = chain.advance(5_194).unwrap().unix_timestamp;
    let second = btc.publish(chain, 110_000 * DOLLAR, now).unwrap();
    assert_eq!(second.prev_publish_time, start);
    let slow = second.ema_price / DOLLAR;
    assert!((104_999..=105_010).contains(&slow), "not half way after the time constant: {slow}");
    let kept = decode(&chain.account_data(&btc.address()).unwrap());
    assert_eq!(kept.price_message.ema_price, second.ema_price);
    let refreshed = btc.refresh(chain).unwrap();
    assert_eq!(refreshed.price, 110_000 * DOLLAR);
}

#[test]
fn a_path_is_played_on_the_chains_clock() {
    let network = Network::start(Options::fast()).unwrap();
    let chain = network.client();
    let path = PricePath::parse_csv("time_seconds,btc,eth\n0,100000,4000\n3600,101000,4100\n").unwrap();
    let mut player = Player::new(chain, PythGeneration::Upgraded).unwrap();
    let early = player.refresh(chain).unwrap_err();
    assert_eq!(early.to_string(), "price: nothing published yet");
    let start = chain.clock().unwrap().unix_timestamp;
    for tick in &path.ticks {
        player.play(chain, tick).unwrap();
    }
    let now = chain.clock().unwrap().unix_timestamp;
    assert!((3_600..=3_602).contains(&(now - start)));
    let eth = decode(&chain.account_data(&player.eth().address()).unwrap()).price_message;
    assert_eq!((eth.price, eth.publish_time), (4_100 * DOLLAR, now));
    let later = chain.advance(60).unwrap().unix_timestamp;
    player.refresh(chain).unwrap();
    let btc = decode(&chain.account_data(&player.btc().address()).unwrap()).price_message;
    assert_eq!((btc.price, btc.publish_time), (101_000 * DOLLAR, later));
}

#[test]
fn the_first_price_of_a_second_is_kept_for_those_who_fill_commitments() {
    let network = Network::start(Options::fast()).unwrap();
    let chain = network.client();
    let mut publisher = Publisher::new(PythGeneration::Upgraded, feeds::BTC_USD);
    let now = chain.clock().unwrap().unix_timestamp;
    let read = |key| decode(&chain.account_data(&key).unwrap()).price_message;
    publisher.publish(chain, 100_000 * DOLLAR, now).unwrap();
    publisher.publish(chain, 101_000 * DOLLAR, now + 3).unwrap();
    // A second publication of that second is not the first one after any moment.
    publisher.publish(chain, 102_000 * DOLLAR, now + 3).unwrap();
    let kept = |second| read(PythGeneration::Upgraded.push_feeds(0).kept_at(second).address(&feeds::BTC_USD));
    assert_eq!((kept(now).price, kept(now).publish_time), (100_000 * DOLLAR, now));
    let first = kept(now + 3);
    assert_eq!((first.price, first.publish_time, first.prev_publish_time), (101_000 * DOLLAR, now + 3, now));
    assert_eq!(read(publisher.address()).price, 102_000 * DOLLAR);
}
