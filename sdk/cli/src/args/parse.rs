//! How single values of the command line are read. Every error names what was given and what would be right:
//! `` `high` is no strike: expected dollars, atm or a distance from the price ``.

pub use super::number::invalid;
use super::number::number;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use evergreen_sdk::{anchor_lang::prelude::Pubkey, convert::Decimal, evergreen::state::SeriesId};

/// Reads seconds: `90s`, `15m`, `12h`, `7d`, `2w`, with the units in full, too: `1 week`.
///
/// # Errors
/// For anything else, for nothing, and for more than 2^32 seconds.
pub fn seconds(text: &str) -> Result<u32, String> {
    let place = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(place);
    let word = unit.trim().to_ascii_lowercase();
    let factor = match word.as_str() {
        // A month is no span of so many seconds, so a large M is left alone.
        "m" if unit.trim() == "M" => None,
        "s" | "sec" | "second" | "seconds" => Some(1),
        "m" | "min" | "minute" | "minutes" => Some(60),
        "h" | "hr" | "hour" | "hours" => Some(3_600),
        "d" | "day" | "days" => Some(86_400),
        "w" | "week" | "weeks" => Some(7 * 86_400),
        _ => None,
    };
    // A unit alone is one of it: a week. A letter alone is none.
    let number = if number.is_empty() && word.len() > 2 { "1" } else { number };
    let seconds = factor.filter(|_| !number.is_empty()).map(|factor| number.parse::<u32>().ok()?.checked_mul(factor));
    if seconds == Some(None) {
        return Err(format!("`{text}` is too long: {} days at most", u32::MAX / 86_400));
    }
    let seconds = seconds.flatten().filter(|seconds| *seconds > 0);
    seconds.ok_or_else(|| invalid("span of time", text, "a number above 0 and its unit, for instance 7d, 12h or 30m"))
}

/// A moment as people say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// So many seconds ago.
    Ago(u32),
    /// A moment, Unix seconds.
    At(i64),
}

impl Since {
    /// Unix seconds, where it is `now`.
    pub fn moment(self, now: i64) -> i64 {
        match self {
            Self::Ago(seconds) => now.saturating_sub(seconds.into()),
            Self::At(moment) => moment,
        }
    }
}

/// Reads a moment: a span before now, a day or a moment in UTC, or a moment with its own zone.
///
/// # Errors
/// For anything else. A moment without a zone is in UTC, as all moments here are told.
pub fn since(text: &str) -> Result<Since, String> {
    let day = || {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN).and_utc().timestamp())
    };
    let zoned = || DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)).ok().map(|moment| moment.timestamp());
    let plain = || {
        let bare = text.trim_end_matches("UTC").trim_end().replacen('T', " ", 1);
        let read = |form| NaiveDateTime::parse_from_str(&bare, form).ok();
        read("%Y-%m-%d %H:%M:%S").or_else(|| read("%Y-%m-%d %H:%M")).map(|moment| moment.and_utc().timestamp())
    };
    if let Some(moment) = day().or_else(zoned).or_else(plain) {
        return Ok(Since::At(moment));
    }
    seconds(text).map(Since::Ago).map_err(|error| match error.contains("too long") {
        true => error,
        false => invalid(
            "moment",
            text,
            "a span of time such as 7d, a day such as 2026-01-31, or a moment such as 2026-01-31T12:00:00Z",
        ),
    })
}

/// Reads a share: `0.5%` or `50bps`; basis points, exactly.
///
/// # Errors
/// For anything else, more than 100 %, or a fraction of a basis point.
pub fn basis_points(text: &str) -> Result<u16, String> {
    let points = match (text.strip_suffix('%'), text.strip_suffix("bps")) {
        (Some(percent), _) => percent.trim().parse::<Decimal>().ok().and_then(|p| p.checked_mul(Decimal::from(100))),
        (None, Some(points)) => points.trim().parse::<Decimal>().ok(),
        (None, None) => None,
    };
    let whole = points.and_then(|points| points.normalize().to_string().parse::<u16>().ok());
    let whole = whole.filter(|whole| *whole <= 10_000);
    whole.ok_or_else(|| invalid("share", text, "0% to 100% in whole basis points, for instance 0.5% or 50bps"))
}

/// Reads an amount of tokens; which places a token has is known later.
///
/// # Errors
/// For what is no number.
pub fn tokens(text: &str) -> Result<Decimal, String> {
    number("amount", text, "a number of tokens, for instance 1.5")
}

/// Reads a number above zero; as [`number`] otherwise.
///
/// # Errors
/// For what is no such number.
pub fn above_zero(what: &str, text: &str, expected: &str) -> Result<Decimal, String> {
    let read = number(what, text, expected)?;
    if read.is_zero() { Err("it has to be above 0".into()) } else { Ok(read) }
}

/// Reads an amount of tokens above zero.
///
/// # Errors
/// For what is no such number.
pub fn some_tokens(text: &str) -> Result<Decimal, String> {
    above_zero("amount", text, "a number of tokens, for instance 1.5")
}

/// Reads dollars.
///
/// # Errors
/// For what is no number.
pub fn dollars(text: &str) -> Result<Decimal, String> {
    number("number of dollars", text.trim_start_matches('$'), "a number such as 99500 or 0.5")
}

/// Reads a priority fee, micro-lamports a compute unit.
///
/// # Errors
/// For what is no whole number, and for more than a SOL for a transaction of the largest size.
pub fn priority_fee(text: &str) -> Result<u64, String> {
    const MOST: u64 = 1_000_000_000 / 1_400_000 * 1_000_000;
    let fee = super::number::whole(text).ok_or_else(|| {
        invalid("priority fee", text, "a whole number of micro-lamports a compute unit, for instance 10000")
    })?;
    if fee > MOST {
        return Err(format!(
            "{text} micro-lamports a compute unit are more than a SOL for a large transaction: {MOST} at most"
        ));
    }
    Ok(fee)
}

/// Reads an address.
///
/// # Errors
/// For what is none.
pub fn address(text: &str) -> Result<Pubkey, String> {
    text.parse().map_err(|_| invalid("address", text, "32 bytes in base58, as `solana address` prints them"))
}

/// Where links of the web app lead; nowhere for `none`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explorer(pub Option<String>);

/// Reads where links of the web app lead.
///
/// # Errors
/// For what is no address of a page, or has no place for what is looked up.
pub fn explorer(text: &str) -> Result<Explorer, String> {
    let is_page = text.starts_with("https://") || text.starts_with("http://");
    match text {
        "none" => Ok(Explorer(None)),
        _ if is_page && text.contains("{kind}") && text.contains("{id}") => Ok(Explorer(Some(text.to_owned()))),
        _ => Err(invalid("explorer", text, "`none`, or for instance https://explorer.solana.com/{kind}/{id}")),
    }
}

/// Reads a series: slot and generation, as `evergreen positions` names it.
///
/// # Errors
/// For anything else.
pub fn series_id(text: &str) -> Result<SeriesId, String> {
    let parsed = text.split_once(':').and_then(|(slot, generation)| {
        Some(SeriesId { slot: slot.parse().ok()?, generation: generation.parse().ok()? })
    });
    parsed
        .ok_or_else(|| invalid("series", text, "SLOT:GENERATION, as `evergreen positions` names it, for instance 0:1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        for (text, meant) in
            [("90s", 90), ("15m", 900), ("12h", 43_200), ("7D", 604_800), ("1 week", 604_800), ("2 Days", 172_800)]
        {
            assert_eq!(seconds(text), Ok(meant), "{text}");
        }
        for (text, words) in [
            ("7", "is no span of time"),
            ("d", "is no span of time"),
            ("1M", "is no span of time"),
            ("0d", "a number above 0"),
            ("-1h", "is no span of time"),
            ("999999d", "is too long: 49710 days at most"),
            ("99999999999s", "is too long"),
        ] {
            let refused = seconds(text).expect_err(text);
            assert!(refused.contains(words), "{text}: {refused}");
        }
    }

    #[test]
    fn moments_are_in_utc_unless_they_name_a_zone() {
        for (text, meant) in [
            ("7d", Since::Ago(604_800)),
            ("2026-01-31", Since::At(1_769_817_600)),
            ("2026-01-31T12:00:00Z", Since::At(1_769_860_800)),
            ("2026-01-31T14:00:00+02:00", Since::At(1_769_860_800)),
            ("2026-01-31 12:00:00 UTC", Since::At(1_769_860_800)),
            ("2026-01-31 12:00", Since::At(1_769_860_800)),
        ] {
            assert_eq!(since(text), Ok(meant), "{text}");
        }
        for text in
            ["yesterday", "2026-13-01", "31.01.2026", "01/31/2026", "2026-02-30", "1769860800", "2026-01-31T25:00"]
        {
            assert!(since(text).expect_err(text).contains("is no moment"), "{text}");
        }
        assert_eq!((Since::Ago(10).moment(100), Since::At(7).moment(100)), (90, 7));
    }

    #[test]
    fn links_lead_to_pages_alone() {
        let page = "https://example.com/{kind}/{id}?cluster=devnet";
        assert_eq!(explorer(page), Ok(Explorer(Some(page.to_owned()))));
        assert_eq!(explorer("none"), Ok(Explorer(None)));
        for text in ["", "javascript:alert('{kind}{id}')", "https://example.com/{kind}", "example.com/{kind}/{id}"] {
            let expected = "`none`, or for instance https://explorer.solana.com/{kind}/{id}";
            assert_eq!(explorer(text), Err(invalid("explorer", text, expected)));
        }
    }

    #[test]
    fn a_priority_fee_has_a_bound() {
        assert_eq!(priority_fee("10_000"), Ok(10_000));
        assert!(priority_fee("1000000000000").expect_err("20 SOL").contains("at most"));
        assert!(priority_fee("1e3").expect_err("no whole number").contains("a whole number of micro-lamports"));
    }
}
