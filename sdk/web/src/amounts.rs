//! Amounts between native units, tokens, dollars and sizes. All roundings are those of the client library.

use crate::problem::Answer;
use evergreen_sdk::{
    convert::{self, Decimal, NumberError},
    math::{Dollars, PointScale, Points, Ratio},
    quote::volatility_of,
};

record! {
    /// What amounts of a pool are read with.
    Units {
        /// Decimals of the collateral.
        decimals: u8,
        /// Exponent of the pool's points (`scaleExponent`).
        scale_exponent: u8,
        /// Dollars that one token of the collateral is worth.
        token_price: Decimal,
    }

    /// Asks what number somebody has typed.
    TypedNumber {
        /// As it was typed.
        text: String,
    }

    /// A number that was typed.
    ReadNumber {
        /// Its digits with at most one point; null where it is no number, or may be two.
        number: Option<String>,
        /// Both numbers that it may be: with a comma between thousands, and before decimals. Empty otherwise.
        either: Vec<String>,
    }

    /// Asks for the points of a size.
    PointsQuestion {
        /// Units of the pool.
        units: Units,
        /// Size in coins of the underlying.
        size: Decimal,
    }

    /// Points.
    PointsAnswer {
        /// Points, rounded toward zero.
        points: i64,
    }

    /// Asks for the size of points.
    SizeQuestion {
        /// Units of the pool.
        units: Units,
        /// Points.
        points: i64,
    }

    /// A size.
    SizeAnswer {
        /// Coins of the underlying, rounded toward zero to nine places.
        size: Decimal,
    }

    /// Asks for native units of an amount of tokens.
    NativeQuestion {
        /// Tokens.
        tokens: Decimal,
        /// Decimals of the token.
        decimals: u8,
    }

    /// Native units.
    NativeAnswer {
        /// Native units, exactly.
        native: u64,
    }

    /// Asks what native units are in tokens, and in dollars where the price is known.
    WorthQuestion {
        /// Native units.
        native: Vec<i64>,
        /// Decimals of the token.
        decimals: u8,
        /// Dollars that one token is worth.
        token_price: Option<Decimal>,
    }

    /// An amount of tokens.
    WorthAnswer {
        /// Tokens, exactly.
        tokens: Decimal,
        /// Dollars, exactly; null without a price.
        dollars: Option<Decimal>,
    }

    /// Amounts of tokens.
    Worths {
        /// In the order of the question.
        amounts: Vec<WorthAnswer>,
    }

    /// Asks for a rounded decimal of numbers in fixed point.
    RoundQuestion {
        /// The numbers.
        numbers: Vec<Ratio>,
        /// Places after the point, at most 12.
        places: u8,
    }

    /// Rounded numbers.
    Rounded {
        /// Each rounded toward −∞.
        numbers: Vec<Decimal>,
    }

    /// Asks for a sum, of points or of native units.
    SumQuestion {
        /// What is added.
        amounts: Vec<i64>,
    }

    /// A sum.
    Sum {
        /// All together.
        sum: i64,
    }

    /// Asks for the volatilities of variances.
    VariancesQuestion {
        /// Variances per year.
        variances: Vec<Ratio>,
    }

    /// Volatilities.
    VolatilitiesAnswer {
        /// In the order of the question, per √year, to the nearest of 53 bits.
        volatilities: Vec<Ratio>,
    }
}

impl Units {
    fn scale(&self) -> Answer<PointScale> {
        Ok(PointScale::new(self.scale_exponent).map_err(|why| why.to_string())?)
    }
}

pub fn read(ask: &TypedNumber) -> Answer<ReadNumber> {
    Ok(match convert::plain(&ask.text) {
        Ok(number) => ReadNumber { number: Some(number), either: Vec::new() },
        Err(NumberError::Ambiguous { thousands, fraction }) => {
            ReadNumber { number: None, either: vec![thousands, fraction] }
        }
        Err(_) => ReadNumber { number: None, either: Vec::new() },
    })
}

pub fn points(ask: &PointsQuestion) -> Answer<PointsAnswer> {
    let Units { decimals, token_price, .. } = ask.units;
    let points = convert::points_of_size(ask.size, token_price, decimals, ask.units.scale()?);
    Ok(PointsAnswer { points: points.map_err(|why| why.to_string())?.0 })
}

pub fn size(ask: &SizeQuestion) -> Answer<SizeAnswer> {
    let Units { decimals, token_price, .. } = ask.units;
    let size = convert::size_of_points(Points(ask.points), token_price, decimals, ask.units.scale()?);
    Ok(SizeAnswer { size: size.map_err(|why| why.to_string())? })
}

pub fn native(ask: &NativeQuestion) -> Answer<NativeAnswer> {
    Ok(NativeAnswer { native: convert::native(ask.tokens, ask.decimals).map_err(|why| why.to_string())? })
}

pub fn worth(ask: &WorthQuestion) -> Answer<Worths> {
    if ask.decimals > 28 {
        return Err(format!("{} decimals, at most 28 are supported", ask.decimals).into());
    }
    let one = |native: &i64| -> Answer<WorthAnswer> {
        let dollars = ask.token_price.map(|price| convert::worth(*native, price, ask.decimals)).transpose();
        let dollars = dollars.map_err(|why| why.to_string())?;
        Ok(WorthAnswer { tokens: convert::tokens(*native, ask.decimals), dollars })
    };
    Ok(Worths { amounts: ask.native.iter().map(one).collect::<Answer<_>>()? })
}

pub fn round(ask: &RoundQuestion) -> Answer<Rounded> {
    let one = |number: &Ratio| convert::dollars(Dollars::from_bits(number.to_bits()), ask.places);
    let numbers = ask.numbers.iter().map(one).collect::<Result<_, _>>().map_err(|why| why.to_string())?;
    Ok(Rounded { numbers })
}

pub fn sum(ask: &SumQuestion) -> Answer<Sum> {
    let sum = ask.amounts.iter().try_fold(0i64, |sum, amount| sum.checked_add(*amount));
    Ok(Sum { sum: sum.ok_or_else(|| "the sum is too large".to_owned())? })
}

pub fn volatilities(ask: &VariancesQuestion) -> Answer<VolatilitiesAnswer> {
    Ok(VolatilitiesAnswer { volatilities: ask.variances.iter().map(|variance| volatility_of(*variance)).collect() })
}
