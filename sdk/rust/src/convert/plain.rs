//! Numbers as people write them: separators between thousands, a comma or a point before decimals, exponents. What could mean two numbers is
//! refused with both.

/// Reason why a text is read as no number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// It is none.
    #[error("it is no number")]
    NoNumber,
    /// A comma and three digits: it may be two numbers.
    #[error("it may be {thousands} or {fraction}")]
    Ambiguous {
        /// The number if the comma stands between thousands.
        thousands: String,
        /// The number if the comma stands before decimals.
        fraction: String,
    },
    /// Its exponent is beyond 20.
    #[error("it is too large, or has too many places")]
    TooLarge,
}

/// Largest power of ten of an exponent.
const LARGEST_POWER: usize = 20;

/// The digits of a text, and what separates them: each separator with the number of digits before it.
struct Scanned {
    digits: String,
    separators: Vec<(char, usize)>,
}

/// Returns the plain digits of a number that may have decimals: no separators, no exponent, at most one point, a digit before it.
///
/// - A point is before decimals, where there is one point: `1.5`, `1.000`.
/// - One comma is before decimals if fewer or more than three digits follow: `1,5` is 1.5.
/// - Of both, the last one is before decimals: `1,000.5` and `1.000,5` are 1000.5. Several of one kind are between thousands: `1,000,000`.
/// - `_` and blanks between digits, `'` as in 1'000, and exponents: `1e-3`.
///
/// # Errors
/// For what is no number, and for what may be two: `1,000` is one or a thousand.
pub fn plain(text: &str) -> Result<String, NumberError> {
    let text = text.trim_ascii();
    let is_negative = text.starts_with('-');
    let rest = if is_negative || text.starts_with('+') { &text[1..] } else { text };
    if let Some(at) = rest.bytes().position(|byte| matches!(byte, b'e' | b'E')) {
        return exponential(is_negative, &rest[..at], &rest[at + 1..]);
    }
    let Scanned { digits, separators } = scan(rest).ok_or(NumberError::NoNumber)?;
    let count = |kind| separators.iter().filter(|(separator, _)| *separator == kind).count();
    let (commas, points) = (count(','), count('.'));
    if let (1, 0, [(_, before @ 1..=3)]) = (commas, points, &*separators)
        && digits.len() == before + 3
        && !digits.starts_with('0')
    {
        let (thousands, fraction) = (written(is_negative, &digits, 0), written(is_negative, &digits, 3));
        return Err(NumberError::Ambiguous { thousands, fraction });
    }
    // Of one kind only, and several of it: between thousands.
    let has_decimals = commas + points == 1 || (commas > 0 && points > 0);
    let (end, thousands) = match separators.split_last() {
        Some((&(',' | '.', before), thousands)) if has_decimals => (before, thousands),
        _ if has_decimals => return Err(NumberError::NoNumber),
        _ => (digits.len(), &*separators),
    };
    if !is_grouped(thousands, end) {
        return Err(NumberError::NoNumber);
    }
    Ok(written(is_negative, &digits, digits.len() - end))
}

fn exponential(is_negative: bool, number: &str, exponent: &str) -> Result<String, NumberError> {
    let Scanned { mut digits, separators } = scan(number).ok_or(NumberError::NoNumber)?;
    let places = match *separators {
        [] => 0,
        [('.', before)] => digits.len() - before,
        _ => return Err(NumberError::NoNumber),
    };
    let is_small = exponent.starts_with('-');
    let power = if is_small || exponent.starts_with('+') { &exponent[1..] } else { exponent };
    if power.is_empty() || !power.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberError::NoNumber);
    }
    let power = power.parse().ok().filter(|power| *power <= LARGEST_POWER).ok_or(NumberError::TooLarge)?;
    if is_small {
        return Ok(written(is_negative, &digits, places + power));
    }
    for _ in places..power {
        digits.push('0');
    }
    Ok(written(is_negative, &digits, places.saturating_sub(power)))
}

/// Returns the digits and what separates them; nothing where there is another letter, or no digit.
fn scan(text: &str) -> Option<Scanned> {
    let (mut digits, mut separators) = (String::new(), Vec::new());
    for letter in text.chars() {
        match letter {
            '0'..='9' => digits.push(letter),
            // As they are typed, and as languages write them.
            ',' | '.' | '_' | '\'' | ' ' | '\u{a0}' | '\u{202f}' | '\u{2019}' => {
                separators.push((letter, digits.len()))
            }
            _ => return None,
        }
    }
    (!digits.is_empty()).then_some(Scanned { digits, separators })
}

/// Whether separators of one kind make groups of three digits, before which one to three stand.
fn is_grouped(separators: &[(char, usize)], end: usize) -> bool {
    let Some(&(kind, first)) = separators.first() else { return true };
    let ends = separators.iter().skip(1).map(|(_, before)| *before).chain([end]);
    (1..=3).contains(&first)
        && separators.iter().zip(ends).all(|(&(separator, before), next)| separator == kind && next == before + 3)
}

/// The number with so many of its digits behind a point, without needless zeros before it, and with a digit before a point.
fn written(is_negative: bool, digits: &str, places: usize) -> String {
    let mut text = String::from(if is_negative { "-" } else { "" });
    let whole = digits.len().saturating_sub(places);
    let zeros = digits.bytes().take(whole).take_while(|digit| *digit == b'0').count();
    if zeros == whole {
        text.push('0');
    }
    text.push_str(&digits[zeros..whole]);
    if places > 0 {
        text.push('.');
        for _ in digits.len()..places {
            text.push('0');
        }
        text.push_str(&digits[whole..]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unambiguous_is_taken() {
        for (text, meant) in [
            ("1", "1"),
            ("0", "0"),
            ("1.5", "1.5"),
            (".5", "0.5"),
            ("-1.5", "-1.5"),
            ("+2", "2"),
            ("1.000", "1.000"),
            ("1,5", "1.5"),
            ("0,001", "0.001"),
            ("0,5", "0.5"),
            ("12,3456", "12.3456"),
            ("1000,500", "1000.500"),
            ("1,000.5", "1000.5"),
            ("1.000,5", "1000.5"),
            ("1,234,567", "1234567"),
            ("1.234.567", "1234567"),
            ("1.234.567,89", "1234567.89"),
            ("1_000", "1000"),
            ("1'000.25", "1000.25"),
            ("1 000", "1000"),
            ("1e-3", "0.001"),
            ("2.5E2", "250"),
            ("0.0250e-1", "0.00250"),
            ("007", "7"),
            ("1.", "1"),
            (" 1\u{a0}234\u{a0}567,5 ", "1234567.5"),
            ("1\u{202f}000", "1000"),
            ("-0", "-0"),
            ("5e-3", "0.005"),
            ("-1e-1", "-0.1"),
        ] {
            assert_eq!(plain(text).as_deref(), Ok(meant), "{text}");
        }
    }

    #[test]
    fn what_may_be_two_numbers_is_refused_with_both() {
        for (text, thousands, fraction) in
            [("1,000", "1000", "1.000"), ("100,000", "100000", "100.000"), ("-2,500", "-2500", "-2.500")]
        {
            let both = NumberError::Ambiguous { thousands: thousands.to_owned(), fraction: fraction.to_owned() };
            assert_eq!(plain(text), Err(both));
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "",
            "-",
            ".",
            ",",
            "much",
            "1,00,000",
            "1,0000,000",
            "1.2.3",
            "1,000.5.5",
            "1.000,5,5",
            "1 00",
            "e5",
            "1e",
            "1e1e1",
            "0x10",
            "1..5",
            "--1",
            "1-",
            "١",
            "1,000_000",
            "NaN",
            "inf",
        ] {
            assert_eq!(plain(text), Err(NumberError::NoNumber), "{text}");
        }
    }

    #[test]
    fn an_exponent_that_nothing_has_is_refused() {
        for text in ["1e21", "1e-21", "1e400000000000"] {
            assert_eq!(plain(text), Err(NumberError::TooLarge), "{text}");
        }
        assert_eq!(plain("1e20"), Ok(format!("1{}", "0".repeat(20))));
    }
}
