//! How single values of the command line are read. Every error names what was given and what would be right:
//! `` `high` is no strike: expected dollars, atm or a distance from the price ``.

pub use super::number::invalid;
use super::number::number;
use evergreen_sdk::{anchor_lang::prelude::Pubkey, convert::Decimal, evergreen::state::SeriesId};

/// Reads seconds: `90s`, `15m`, `12h`, `7d`, `2w`.
///
/// # Errors
/// For anything else, for nothing, and for more than 2^32 seconds.
pub fn seconds(text: &str) -> Result<u32, String> {
    let place = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(place);
    let factor = match unit.trim() {
        "s" => Some(1),
        "m" | "min" => Some(60),
        "h" => Some(3_600),
        "d" => Some(86_400),
        "w" => Some(7 * 86_400),
        _ => None,
    };
    let seconds = factor.and_then(|factor| number.parse::<u32>().ok()?.checked_mul(factor));
    let seconds = seconds.filter(|seconds| *seconds > 0);
    seconds.ok_or_else(|| invalid("span of time", text, "a number above 0 and its unit, for instance 7d, 12h or 30m"))
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

/// Reads dollars.
///
/// # Errors
/// For what is no number.
pub fn dollars(text: &str) -> Result<Decimal, String> {
    number("number of dollars", text.trim_start_matches('$'), "a number such as 99500 or 0.5")
}

/// Reads an address.
///
/// # Errors
/// For what is none.
pub fn address(text: &str) -> Result<Pubkey, String> {
    text.parse().map_err(|_| invalid("address", text, "32 bytes in base58, as `solana address` prints them"))
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
