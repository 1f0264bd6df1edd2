//! What is asked and answered.

use super::Refused;
use crate::store::{MOST_SKIPPED, Page, Rank, Ranked, Store, Stored};
use anchor_lang::prelude::Pubkey;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hyper::StatusCode;
use serde_json::{Value, json};
use std::fmt::Write as _;

type Answer<T> = Result<T, Refused>;

/// What is answered, for whoever asks for `/v1`.
const LIST: [(&str, &str); 8] = [
    ("/v1/status", "what is stored: the newest transaction, the newest final one, the last event"),
    ("/v1/events", "events, the newest first: address, kind, before or after (an event's id), limit"),
    (
        "/v1/candles",
        "prices of a pool's shares: pool, seconds (300, 3600, 86400), before or after (unix seconds), limit",
    ),
    ("/v1/volatility", "samples of an underlying: underlying, before or after (an event's id), limit"),
    ("/v1/interest", "open interest by the hour: pool, underlying (its place), before or after (unix seconds), limit"),
    ("/v1/portfolio", "margin accounts of an owner: owner, limit"),
    (
        "/v1/leaders",
        "accounts with the most: pool, by (realised, traded), skip (`next` of a page is what the next one skips), limit",
    ),
    ("/v1/stream", "events as they come, as a stream of server-sent events: address, after (an event's id)"),
];

/// The part of a request behind the question mark.
pub struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    /// Takes it.
    pub const fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// Returns a value; nothing here needs more than letters, digits and signs.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        let pairs = self.0.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| value).next()
    }

    /// Returns a whole number.
    pub fn number(&self, name: &str) -> Answer<Option<i64>> {
        let parse = |text: &str| text.parse().map_err(|_| wrong(format!("{name}: `{text}` is no whole number")));
        self.text(name).map(parse).transpose()
    }

    /// Returns an address.
    pub fn address(&self, name: &str) -> Answer<Option<Pubkey>> {
        let parse = |text: &str| text.parse().map_err(|_| wrong(format!("{name}: `{text}` is no address")));
        self.text(name).map(parse).transpose()
    }

    fn needed(&self, name: &str) -> Answer<Pubkey> {
        self.address(name)?.ok_or_else(|| wrong(format!("`{name}` is missing")))
    }

    fn page(&self) -> Answer<Page> {
        let page = Page {
            before: self.number("before")?,
            after: self.number("after")?,
            limit: self.number("limit")?.unwrap_or(100),
        };
        if page.before.is_some() && page.after.is_some() {
            return Err(wrong("a page is either before or after something".to_owned()));
        }
        Ok(page)
    }
}

/// Refuses what is asked.
pub const fn wrong(why: String) -> Refused {
    Refused(StatusCode::BAD_REQUEST, why)
}

/// Answers a request.
pub async fn answer(path: &str, query: &str, store: &Store) -> Answer<Value> {
    let query = Query::new(query);
    match path {
        "/v1" | "/v1/" => Ok(LIST.iter().map(|(path, words)| ((*path).to_owned(), Value::from(*words))).collect()),
        "/v1/status" => {
            let known = store.summary().await?;
            let transaction = |one: Option<(String, i64)>| {
                one.map(|(signature, slot)| json!({ "signature": signature, "slot": text(slot) }))
            };
            Ok(json!({
                "newest": transaction(known.newest),
                "final": transaction(known.newest_final),
                "begins": known.begins.map(text),
                "lastEvent": text(known.last_event),
            }))
        }
        "/v1/events" => {
            let (page, address) = (query.page()?, query.address("address")?);
            let found = store.events(address, query.text("kind"), page).await?;
            let next = next(&found, page, |event| event.id);
            Ok(json!({ "events": found.iter().map(event).collect::<Vec<_>>(), "next": next }))
        }
        "/v1/candles" => {
            let (page, seconds) = (query.page()?, query.number("seconds")?.unwrap_or(3_600));
            if ![300, 3_600, 86_400].contains(&seconds) {
                return Err(wrong(format!("{seconds} seconds: expected 300, 3600 or 86400")));
            }
            let found = store.candles(query.needed("pool")?, seconds, page).await?;
            let next = next(&found, page, |candle| candle.start);
            let candles = found.iter().map(|candle| {
                json!({
                    "time": text(candle.start),
                    "open": price(candle.first), "high": price(candle.high), "low": price(candle.low), "close": price(candle.last),
                    "assets": text(candle.assets), "shares": text(candle.shares),
                })
            });
            Ok(json!({ "candles": candles.collect::<Vec<_>>(), "next": next }))
        }
        "/v1/volatility" => {
            let page = query.page()?;
            let found = store.samples(query.needed("underlying")?, page).await?;
            let next = next(&found, page, |sample| sample.id);
            let samples = found.iter().map(|sample| {
                json!({
                    "id": text(sample.id), "time": text(sample.time), "price": sample.price, "front": sample.front, "back": sample.back,
                    "fastVariance": sample.fast, "slowVariance": sample.slow,
                })
            });
            Ok(json!({ "samples": samples.collect::<Vec<_>>(), "next": next }))
        }
        "/v1/interest" => {
            let page = query.page()?;
            let place = query.number("underlying")?.unwrap_or(0);
            let place = u8::try_from(place).map_err(|_| wrong(format!("{place} is no place of an underlying")))?;
            let found = store.interest(query.needed("pool")?, place, page).await?;
            let next = next(&found, page, |hour| hour.start);
            let hours = found.iter().map(|hour| {
                json!({
                    "time": text(hour.start), "held": text(hour.held), "written": text(hour.written), "traded": text(hour.traded),
                })
            });
            Ok(json!({ "hours": hours.collect::<Vec<_>>(), "next": next }))
        }
        "/v1/portfolio" => {
            let found = store.accounts_of(query.needed("owner")?, query.page()?.limit).await?;
            Ok(json!({ "accounts": found.iter().map(account).collect::<Vec<_>>() }))
        }
        "/v1/leaders" => {
            let by = match query.text("by").unwrap_or("realised") {
                "realised" => Rank::Realised,
                "traded" => Rank::Traded,
                other => return Err(wrong(format!("by: `{other}` is neither realised nor traded"))),
            };
            let (skip, limit) = (query.number("skip")?.unwrap_or(0).max(0), query.page()?.limit);
            let found = store.leaders(query.needed("pool")?, by, skip, limit).await?;
            let told = i64::try_from(found.len()).unwrap_or(i64::MAX);
            let next = next(&found, Page { limit, ..Page::default() }, |_| skip.saturating_add(told));
            let next = next.filter(|_| skip.saturating_add(told) <= MOST_SKIPPED);
            Ok(json!({ "accounts": found.iter().map(account).collect::<Vec<_>>(), "next": next }))
        }
        _ => Err(Refused(StatusCode::NOT_FOUND, "no such page: /v1 lists them".to_owned())),
    }
}

/// Tells an event: where it is, what it says, and its bytes, from which the package makes statements.
pub fn event(stored: &Stored) -> Value {
    json!({
        "id": text(stored.id),
        "slot": text(stored.slot),
        "signature": stored.signature,
        "place": stored.place,
        "time": stored.time.map(text),
        "final": stored.is_final,
        "event": evergreen_web::event(&stored.event),
        "data": STANDARD.encode(&stored.data),
    })
}

fn account(one: &Ranked) -> Value {
    json!({
        "account": one.address,
        "pool": one.pool,
        "owner": one.owner,
        "subAccount": one.sub_account,
        "opened": text(one.opened),
        "deposits": text(one.deposits),
        "withdrawals": text(one.withdrawals),
        "realised": text(one.realised),
        "fees": text(one.fees),
        "funding": text(one.funding),
        "traded": text(one.traded),
        "cash": text(one.cash),
        "gap": one.gap,
    })
}

/// Returns the value from which the next page goes on; null after the last one.
fn next<T>(found: &[T], page: Page, key: impl Fn(&T) -> i64) -> Option<String> {
    let full = i64::try_from(found.len()).is_ok_and(|len| len >= page.limit.clamp(1, 1_000));
    found.last().filter(|_| full).map(|last| text(key(last)))
}

fn text(number: i64) -> String {
    number.to_string()
}

/// Tells a price in 2^−48 native units a share: its bits, and all of its decimals.
fn price(bits: i64) -> Value {
    const UNIT: u128 = 1 << 48;
    /// As many digits at once as a number has room for; three times that are all that there can be.
    const DIGITS: (usize, u128) = (19, 10_u128.pow(19));
    let size = u128::from(bits.unsigned_abs());
    let mut text = format!("{}{}.", if bits < 0 { "-" } else { "" }, size / UNIT);
    let mut rest = size % UNIT;
    while rest > 0 {
        rest *= DIGITS.1;
        // Writing to a text does not fail.
        let _ = write!(text, "{:0width$}", rest / UNIT, width = DIGITS.0);
        rest %= UNIT;
    }
    let decimal = text.trim_end_matches('0').trim_end_matches('.');
    // A whole number of tens ends with zeros of its own.
    let decimal = if size.is_multiple_of(UNIT) { text.trim_end_matches('.') } else { decimal };
    json!({ "bits": bits.to_string(), "decimal": decimal })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_decimals_of_a_price_are_told() {
        assert_eq!(price(3 << 47), json!({ "bits": "422212465065984", "decimal": "1.5" }));
        assert_eq!(price(-(1 << 46))["decimal"], json!("-0.25"));
        assert_eq!(price(1)["decimal"].as_str().map(str::len), Some(50));
        assert_eq!(price(10 << 48)["decimal"], json!("10"));
        assert_eq!(price(0)["decimal"], json!("0"));
        assert_eq!(price((1 << 48) + 1)["decimal"], json!("1.000000000000003552713678800500929355621337890625"));
    }

    #[test]
    fn a_query_says_what_is_wrong_with_it() {
        let query = Query::new("pool=nobody&limit=7&before=x&empty=");
        assert_eq!(query.number("limit").ok(), Some(Some(7)));
        assert_eq!(query.text("empty"), None);
        assert_eq!(query.address("pool").err().map(|why| why.1).as_deref(), Some("pool: `nobody` is no address"));
        assert_eq!(query.page().err().map(|why| why.1).as_deref(), Some("before: `x` is no whole number"));
    }
}
