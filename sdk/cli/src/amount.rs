//! Amounts as people say them: tokens, dollars, spans of time, percentages.

use anyhow::{Result, bail};
use evergreen_sdk::{
    convert::{self, Decimal},
    math::{Dollars, Ratio},
};
use serde::Serialize;

/// An amount of the collateral for output.
#[derive(Clone, Debug, Serialize)]
pub struct Amount {
    /// Native units.
    pub native: i64,
    /// Tokens.
    pub tokens: String,
    /// Dollars, where the stock's price is known; to the cent, for display.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dollars: Option<String>,
    #[serde(skip)]
    name: String,
}

impl Amount {
    /// Native units of a token with these decimals, at this price of a token.
    pub fn new(native: i64, decimals: u8, price: Option<Decimal>, name: &str) -> Self {
        let dollars = price.and_then(|price| convert::worth(native, price, decimals).ok());
        Self {
            native,
            tokens: convert::tokens(native, decimals).normalize().to_string(),
            dollars: dollars.map(|dollars| format!("{:.2}", dollars.round_dp(2))),
            name: name.to_owned(),
        }
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.tokens, self.name)?;
        match &self.dollars {
            Some(dollars) => match dollars.strip_prefix('-') {
                Some(owed) => write!(f, " (-${owed})"),
                None => write!(f, " (${dollars})"),
            },
            None => Ok(()),
        }
    }
}

/// Dollars to the cent, rounded down.
pub fn dollars(amount: Dollars) -> String {
    convert::dollars(amount, 2).map_or_else(|_| "?".into(), |dollars| dollars.to_string())
}

/// A pure number in per cent, to the nearest hundredth.
pub fn percent(ratio: Ratio) -> String {
    number(ratio).map_or_else(|_| "?".into(), |number| format!("{:.2}%", (number * Decimal::from(100)).round_dp(2)))
}

/// A pure number to twelve places, rounded down.
///
/// # Errors
/// When it does not fit.
pub fn number(ratio: Ratio) -> convert::Result<Decimal> {
    // The same 64.64 bits as dollars.
    convert::dollars(Dollars::from_bits(ratio.to_bits()), 12)
}

/// Reads seconds: `90s`, `15m`, `12h`, `7d`, `2w`.
///
/// # Errors
/// For anything else.
pub fn seconds(text: &str) -> Result<u32> {
    let place = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(place);
    let factor: u32 = match unit.trim() {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => bail!("`{text}` is no span of time; say for instance 7d, 12h or 30m"),
    };
    match number.parse::<u32>().ok().and_then(|number| number.checked_mul(factor)) {
        Some(seconds) if seconds > 0 => Ok(seconds),
        _ => bail!("`{text}` is no span of time; say for instance 7d, 12h or 30m"),
    }
}

/// Reads a share: `0.5%` or `50bps`; basis points, exactly.
///
/// # Errors
/// For anything else, more than 100 %, or a fraction of a basis point.
pub fn basis_points(text: &str) -> Result<u16> {
    let wrong = || anyhow::anyhow!("`{text}` is no share; say for instance 0.5% or 50bps");
    let points = match (text.strip_suffix('%'), text.strip_suffix("bps")) {
        (Some(percent), _) => percent.trim().parse::<Decimal>().map_err(|_| wrong())? * Decimal::from(100),
        (None, Some(points)) => points.trim().parse::<Decimal>().map_err(|_| wrong())?,
        (None, None) => return Err(wrong()),
    };
    let whole = points.normalize().to_string().parse::<u16>().map_err(|_| wrong())?;
    if whole > 10_000 {
        return Err(wrong());
    }
    Ok(whole)
}
