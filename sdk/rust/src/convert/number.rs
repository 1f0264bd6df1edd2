//! Numbers as people write them: separators between thousands, a comma or a point before decimals, exponents. What could mean two numbers is
//! refused with both. In a table the other numbers tell which letter is before decimals ([`DecimalMark`]).

use super::{Decimal, NumberError, plain};

/// The letter before decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalMark {
    /// `100,000.50`
    Point,
    /// `100.000,50`
    Comma,
}

impl DecimalMark {
    /// The letter that a number shows to be before decimals; `None` where it shows none, as `100000`, or where either could be, as `100,000`.
    pub fn shown_by(text: &str) -> Option<Self> {
        let of = |letter: char| if letter == ',' { Self::Comma } else { Self::Point };
        let mark = match (text.matches(',').count(), text.matches('.').count()) {
            (0, 0) => return None,
            (1, 0) | (0, 1) if both(text).is_some() => return None,
            (1, 0) => Self::Comma,
            (0, 1) => Self::Point,
            // Several of one kind are between thousands.
            (_, 0) => Self::Point,
            (0, _) => Self::Comma,
            _ => of(text.chars().rfind(|letter| matches!(letter, ',' | '.'))?),
        };
        mark.read(text).map(|_| mark)
    }

    /// The number of a text with this letter before decimals; `None` for what is none.
    pub fn read(self, text: &str) -> Option<Decimal> {
        let [point, comma] = if self == Self::Point { ['.', ','] } else { [',', '.'] };
        // `100.` ends with its point.
        let (whole, decimals) = text
            .split_once(point)
            .filter(|(_, decimals)| !decimals.is_empty())
            .unwrap_or((text.strip_suffix(point).unwrap_or(text), "0"));
        let whole = if whole.contains([comma, '_', '\'', ' ']) { grouped(whole)? } else { whole.to_owned() };
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        (is_number(&whole) && is_number(decimals)).then(|| format!("{whole}.{decimals}").parse().ok())?
    }
}

/// Both numbers that a text with one comma or point and three digits after it may be: thousands, and with decimals.
pub fn both(text: &str) -> Option<(String, String)> {
    let (whole, decimals) = ambiguous_at(text, ',').or_else(|| ambiguous_at(text, '.'))?;
    Some((format!("{whole}{decimals}"), format!("{whole}.{decimals}")))
}

/// The words of an error: what was given, what would be right.
pub fn invalid(what: &str, given: &str, expected: &str) -> String {
    if given.is_empty() {
        return format!("nothing is given: expected {expected}; is a variable of the shell empty?");
    }
    format!("`{given}` is no {what}: expected {expected}")
}

/// Reads a number that may have decimals.
///
/// - A point is before decimals, where there is one point: `1.5`, `1.000`.
/// - One comma is before decimals if fewer or more than three digits follow: `1,5` is 1.5.
/// - Of both, the last one is before decimals: `1,000.5` and `1.000,5` are 1000.5. Several of one kind are between thousands: `1,000,000`.
/// - `_` and blanks between digits, `'` as in 1'000, and exponents: `1e-3`.
///
/// # Errors
/// For what is no number, and for what may be two: `1,000` is one or a thousand.
pub fn number(what: &str, text: &str, expected: &str) -> Result<Decimal, String> {
    let large = || format!("`{text}` is too large, or has too many places");
    match plain(text) {
        Ok(digits) => digits.parse().map_err(|_| large()),
        Err(NumberError::NoNumber) => Err(unusual(text).unwrap_or_else(|| invalid(what, text, expected))),
        Err(NumberError::Ambiguous { thousands, fraction }) => {
            Err(format!("`{text}` may be {thousands} or {fraction}: write the one that is meant"))
        }
        Err(NumberError::TooLarge) => Err(large()),
    }
}

/// What is said of a number that people write in other places: a short form of thousands, money, or the unit behind it.
pub fn unusual(text: &str) -> Option<String> {
    if text.strip_prefix(['$', '\u{20ac}', '\u{a3}']).is_some_and(|rest| plain(rest).is_ok()) {
        return Some(format!("`{text}` is money, and no money is taken here"));
    }
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '.');
    // A name may have points in it: 5TSLA.M
    let (digits, unit) = text.split_at(text[..digits.len()].trim_end().len());
    let number = plain(digits).ok()?;
    let power = match unit.trim() {
        "k" | "K" => 3,
        "m" | "M" | "mio" => 6,
        "%" | "" | "e" | "E" => return None,
        unit if unit.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')) => {
            return Some(format!("`{text}` has a unit, and only one is possible here: write {number}"));
        }
        _ => return None,
    };
    let all = shifted(number.parse().ok()?, power)?.normalize();
    Some(format!("`{text}` is a short form: write {all}"))
}

/// Reads a whole number, in which a comma can only stand between thousands.
pub fn whole(text: &str) -> Option<u64> {
    // As prices are copied: 100,000.00
    let text = text.strip_suffix(".00").unwrap_or(text);
    let plain = if text.contains([',', '_', '\'', ' ']) { grouped(text)? } else { text.to_owned() };
    plain_digits(&plain)?.parse().ok()
}

/// The number times ten to a power.
fn shifted(number: Decimal, power: i32) -> Option<Decimal> {
    let ten = Decimal::from(10);
    (0..power.abs())
        .try_fold(number, |number, _| if power < 0 { number.checked_div(ten) } else { number.checked_mul(ten) })
}

/// The parts of a number with one such mark and three digits after it.
fn ambiguous_at(text: &str, mark: char) -> Option<(&str, &str)> {
    let (whole, decimals) = text.split_once(mark)?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    // A group of thousands begins with one to three digits, and not with a zero.
    let may_be_thousands = (1..=3).contains(&whole.len()) && !whole.starts_with('0');
    (may_be_thousands && digits(whole) && decimals.len() == 3 && digits(decimals)).then_some((whole, decimals))
}

/// Digits with at most one point between them.
fn plain_digits(text: &str) -> Option<&str> {
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (digits && plain && text.matches('.').count() <= 1).then_some(text)
}

/// Digits in groups of three, all with the same separator.
fn grouped(text: &str) -> Option<String> {
    let separator = text.chars().find(|c| !c.is_ascii_digit())?;
    let mut groups = text.split(separator);
    let first = groups.next()?;
    let is_number = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let rest: Vec<&str> = groups.collect();
    let sound = (1..=3).contains(&first.len()) && is_number(first);
    let sound = sound && rest.iter().all(|group| group.len() == 3 && is_number(group));
    sound.then(|| format!("{first}{}", rest.concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        number("amount", text, "a number").map(|number| number.normalize().to_string())
    }

    #[test]
    fn what_the_plain_reader_takes_is_a_decimal() {
        for (text, meant) in
            [("1.000", "1"), ("1.000,5", "1000.5"), ("1'000.25", "1000.25"), ("2.5E2", "250"), ("-1e-1", "-0.1")]
        {
            assert_eq!(read(text).as_deref(), Ok(meant), "{text}");
        }
    }

    #[test]
    fn a_number_shows_which_letter_is_before_decimals() {
        for (text, mark) in [
            ("100.000,50", Some(DecimalMark::Comma)),
            ("100000,50", Some(DecimalMark::Comma)),
            ("1.234.567", Some(DecimalMark::Comma)),
            ("1000,500", Some(DecimalMark::Comma)),
            ("0,123", Some(DecimalMark::Comma)),
            ("100,000.50", Some(DecimalMark::Point)),
            ("1,234,567", Some(DecimalMark::Point)),
            ("98765.432", Some(DecimalMark::Point)),
            ("100.000", None),
            ("100,000", None),
            ("100000", None),
            ("31.12.2024", None),
            ("1,2,3", None),
            ("1.5%", None),
            ("", None),
        ] {
            assert_eq!(DecimalMark::shown_by(text), mark, "{text}");
        }
        for (mark, text, meant) in [
            (DecimalMark::Comma, "100.000,50", Some("100000.5")),
            (DecimalMark::Comma, "100.000", Some("100000")),
            (DecimalMark::Point, "100.000", Some("100")),
            (DecimalMark::Comma, "100000,50", Some("100000.5")),
            (DecimalMark::Point, "100000,50", None),
            (DecimalMark::Point, "1'000.5", Some("1000.5")),
            (DecimalMark::Comma, "1.00,5", None),
            (DecimalMark::Point, "100.", Some("100")),
            (DecimalMark::Point, ".5", None),
        ] {
            assert_eq!(mark.read(text).map(|number| number.normalize().to_string()).as_deref(), meant, "{text}");
        }
        assert_eq!(both("100.000"), Some(("100000".into(), "100.000".into())));
    }

    #[test]
    fn what_may_be_two_numbers_is_refused_with_both() {
        for (text, thousands, fraction) in
            [("1,000", "1000", "1.000"), ("100,000", "100000", "100.000"), ("-2,500", "-2500", "-2.500")]
        {
            let refused = read(text).expect_err(text);
            assert!(refused.contains(&format!("may be {thousands} or {fraction}: write")), "{refused}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["-", "much", "1,00,000", "1.2.3", "e5"] {
            assert_eq!(read(text), Err(invalid("amount", text, "a number")));
        }
    }

    #[test]
    fn what_is_too_large_or_short_or_has_a_unit_says_so() {
        for (text, words) in [
            ("1e99", "`1e99` is too large"),
            ("1e400000000000", "is too large"),
            ("99999999999999999999999999999999", "is too large"),
            ("1.5k", "`1.5k` is a short form: write 1500"),
            ("2M", "`2M` is a short form: write 2000000"),
            ("5CRCLx", "`5CRCLx` has a unit, and only one is possible here: write 5"),
            ("5 TSLA.M", "write 5"),
            ("$500", "`$500` is money"),
            ("", "nothing is given: expected a number; is a variable of the shell empty?"),
            ("50%", "`50%` is no amount"),
        ] {
            let refused = read(text).expect_err(text);
            assert!(refused.contains(words), "{text}: {refused}");
        }
    }

    #[test]
    fn whole_numbers_have_no_decimals() {
        for (text, meant) in [("100000", Some(100_000)), ("100,000", Some(100_000)), ("1,000,000", Some(1_000_000))] {
            assert_eq!(whole(text), meant);
        }
        for text in ["100,5", "1.5", "1,00", "", ",", "1e5", "-5", "100,000.5"] {
            assert_eq!(whole(text), None, "{text}");
        }
    }
}
