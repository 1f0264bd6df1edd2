//! Amounts as people read them: tokens, dollars, percentages.

use evergreen_sdk::{
    convert::{self, Decimal},
    math::{Dollars, PointScale, Points, Ratio},
};
use serde::{Serialize, Serializer};

/// The collateral of a pool, as amounts and sizes are said in it.
#[derive(Clone, Debug)]
pub struct Token {
    /// Name of the pool.
    pub name: String,
    /// Decimals of the token.
    pub decimals: u8,
    /// Dollars a token, if known.
    pub price: Option<Decimal>,
    /// How large a point is.
    pub scale: Option<PointScale>,
}

impl Token {
    /// Native units for output.
    pub fn amount(&self, native: i64) -> Amount {
        Amount::new(native, self.decimals, self.price, &self.name)
    }

    /// Points as coins as they are shown, if the stock's price is known.
    pub fn coins(&self, points: i64) -> Option<Decimal> {
        let coins = convert::size_of_points(Points(points), self.price?, self.decimals, self.scale?).ok()?;
        Some(shown_coins(coins))
    }
}

/// Coins to six places, or to two digits where that would show nothing: what is there is never shown as none.
pub fn shown_coins(coins: Decimal) -> Decimal {
    let shown = coins.round_dp(6);
    if shown.is_zero() { coins.round_sf(2).unwrap_or(coins).normalize() } else { shown.normalize() }
}

/// An amount of the collateral for output.
#[derive(Clone, Debug, Serialize)]
pub struct Amount {
    /// Native units; a string in JSON, because programs read large numbers inexactly there.
    #[serde(serialize_with = "as_text")]
    pub native: i64,
    /// Tokens.
    pub tokens: String,
    /// Dollars, where the stock's price is known; to the cent, for display.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dollars: Option<String>,
    #[serde(skip)]
    name: String,
}

/// A number as a string, because programs read large numbers inexactly.
///
/// # Errors
/// Those of the serializer.
pub fn as_text<S: Serializer>(number: &impl std::fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
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

impl Amount {
    /// A change of cash in words: "you pay 1.5 CRCLx ($180.00)", "you receive ...". All commands say so which way money goes.
    pub fn flow(&self) -> String {
        let (way, size) = self.way();
        if self.native == 0 { size } else { format!("you {way} {size}") }
    }

    /// What somebody pays: the opposite of a change of their cash, in the same words.
    pub fn cost(&self) -> String {
        self.opposite().flow()
    }

    /// Which way the money goes, and how much it is; nothing goes nowhere.
    pub fn way(&self) -> (&'static str, String) {
        match self.native {
            0 => ("pay", "nothing".into()),
            ..0 => ("pay", self.opposite().to_string()),
            _ => ("receive", self.to_string()),
        }
    }

    /// The limit of a change of cash in words: "you pay at most ...", "you receive at least ...".
    pub fn limit(&self) -> String {
        match self.native {
            0 => "you pay nothing".into(),
            ..0 => format!("you pay at most {}", self.opposite()),
            _ => format!("you receive at least {self}"),
        }
    }

    /// The amount with the other sign.
    pub fn opposite(&self) -> Self {
        let turned = |text: &String| match text.strip_prefix('-') {
            Some(positive) => positive.to_owned(),
            None if text.chars().all(|letter| matches!(letter, '0' | '.')) => text.clone(),
            None => format!("-{text}"),
        };
        Self {
            native: self.native.saturating_neg(),
            tokens: turned(&self.tokens),
            dollars: self.dollars.as_ref().map(turned),
            name: self.name.clone(),
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

/// A number of the command line is zero.
#[derive(Debug, thiserror::Error)]
#[error("{0} has to be above 0")]
pub struct NotAboveZero(String);

/// A number that has to be above zero.
///
/// # Errors
/// [`NotAboveZero`].
pub fn above_zero(amount: u64, what: &str) -> Result<u64, NotAboveZero> {
    if amount == 0 { Err(NotAboveZero(what.to_owned())) } else { Ok(amount) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_which_way_money_goes() {
        let amount = |native| Amount::new(native, 2, Some(Decimal::from(3)), "X");
        assert_eq!(amount(-150).flow(), "you pay 1.5 X ($4.50)");
        assert_eq!(amount(150).flow(), "you receive 1.5 X ($4.50)");
        assert_eq!(amount(150).cost(), "you pay 1.5 X ($4.50)");
        assert_eq!(amount(0).flow(), "nothing");
        assert_eq!(amount(-150).limit(), "you pay at most 1.5 X ($4.50)");
        assert_eq!(amount(150).limit(), "you receive at least 1.5 X ($4.50)");
        // What is less than a cent has no sign.
        let small = Amount::new(-1, 9, Some(Decimal::ONE), "X");
        assert_eq!(small.flow(), "you pay 0.000000001 X ($0.00)");
    }
}
