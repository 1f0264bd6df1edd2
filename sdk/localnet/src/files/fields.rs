//! Single fields of a table: times, prices, and how a line is cut.

use crate::path::DOLLAR;
use evergreen_sdk::convert::{
    Decimal, RoundingStrategy,
    number::{self, DecimalMark},
};

/// The letter between two fields of a table, by its first lines: a semicolon or a tab where all of them have one, because commas may stand in numbers.
pub fn separator(lines: &[(usize, &str)]) -> char {
    // Some services put their address before the table.
    let rows = || lines.iter().take(5).filter(|(_, line)| !line.contains("://"));
    let is_in_all = |letter: &char| rows().count() > 0 && rows().all(|(_, line)| line.contains(*letter));
    [';', '\t'].into_iter().find(is_in_all).unwrap_or(',')
}

/// Cuts a line; fields may be in quotes, in which separators count as letters.
pub fn cut(line: &str, separator: char) -> Vec<String> {
    let (mut fields, mut field, mut is_quoted) = (Vec::new(), String::new(), false);
    for letter in line.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            letter if letter == separator && !is_quoted => fields.push(std::mem::take(&mut field).trim().to_owned()),
            letter => field.push(letter),
        }
    }
    fields.push(field.trim().to_owned());
    fields
}

/// In what a time is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
    Dates,
}

impl Unit {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
            Self::Microseconds => "microseconds",
            Self::Nanoseconds => "nanoseconds",
            Self::Dates => "dates",
        }
    }
}

/// A time in milliseconds, and what it was told in. Numbers are seconds up to the year 5138, and so on by their size.
pub fn time(text: &str) -> Option<(i64, Unit)> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let is_number = !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return date(text).map(|time| (time, Unit::Dates));
    }
    let whole: i64 = whole.parse().ok()?;
    Some(match whole {
        0..100_000_000_000 => {
            let thousandths: i64 = format!("{rest:0<3}").get(..3)?.parse().ok()?;
            (whole * 1_000 + thousandths, Unit::Seconds)
        }
        100_000_000_000..100_000_000_000_000 => (whole, Unit::Milliseconds),
        100_000_000_000_000..100_000_000_000_000_000 => (whole / 1_000, Unit::Microseconds),
        _ => (whole / 1_000_000, Unit::Nanoseconds),
    })
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// `2024-01-31`, `2024-01-31 12:30:00`, `2024-01-31T12:30:00Z`, `2024-01-31 12:30+01:00`, `Jan 31, 2024`; milliseconds.
fn date(text: &str) -> Option<i64> {
    let text = text.trim_end_matches(" UTC").trim();
    if text.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        let mut words = text.split([' ', ',']).filter(|word| !word.is_empty());
        let month = words.next()?.to_ascii_lowercase();
        let month = MONTHS.iter().position(|name| month.starts_with(name))? + 1;
        let (day, year) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        return words.next().is_none().then(|| days(year, month as i64, day))?.map(|days| days * 86_400_000);
    }
    let (day, clock) = match text.split_once(['T', ' ']) {
        Some((day, clock)) => (day, clock.trim()),
        None => (text, ""),
    };
    let mut parts = day.split('-').map(str::parse::<i64>);
    let (Some(Ok(year)), Some(Ok(month)), Some(Ok(date)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let midnight = days(year, month, date)?.checked_mul(86_400_000)?;
    let (clock, ahead) = match clock.find(['Z', '+', '-']) {
        Some(place) => (clock[..place].trim(), offset(&clock[place..])?),
        None => (clock, 0),
    };
    let mut seconds = 0_i64;
    let mut thousandths = 0;
    if !clock.is_empty() {
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
        let parts: Vec<i64> = clock.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
        let (&[hours, minutes] | &[hours, minutes, _]) = &parts[..] else { return None };
        let second = parts.get(2).copied().unwrap_or(0);
        if !(0..24).contains(&hours) || !(0..60).contains(&minutes) || !(0..60).contains(&second) {
            return None;
        }
        seconds = hours * 3_600 + minutes * 60 + second;
        thousandths = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    }
    midnight.checked_add((seconds - ahead) * 1_000 + thousandths)
}

/// Seconds by which a zone is ahead: `Z`, `+01:00`, `-0500`.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits: String = zone[1..].chars().filter(|letter| *letter != ':').collect();
    let (hours, minutes) = (digits.get(..2)?, digits.get(2..).filter(|rest| !rest.is_empty()).unwrap_or("0"));
    Some(sign * (hours.parse::<i64>().ok()? * 3_600 + minutes.parse::<i64>().ok()? * 60))
}

/// Days since 1970 of a date of the Gregorian calendar (Howard Hinnant's algorithm `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1_970..=9_999).contains(&year) || !(1..=longest).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// What a field for a price holds.
pub enum Priced {
    /// Hundred-millionths of a dollar, rounded to the nearest.
    Price(i64),
    /// The file says that there is none.
    Missing,
    /// It may be either of two numbers.
    Either(String, String),
    /// It is more dollars than a price has room for.
    Large,
    /// It is no price.
    Wrong,
}

/// The most dollars of a price.
pub const MOST_DOLLARS: i64 = i64::MAX / DOLLAR;

/// How the numbers of a file are written.
#[derive(Clone, Copy)]
pub struct Numbers {
    /// The letter before decimals, where the file shows which it is.
    pub mark: Option<DecimalMark>,
    /// Whether the file would use a comma there as well as a point, because its fields are not separated by commas.
    pub is_open: bool,
}

impl Numbers {
    /// Reads a price in dollars.
    pub fn price(self, text: &str) -> Priced {
        if ["", "-", "null", "nan", "n/a"].contains(&text.to_ascii_lowercase().as_str()) {
            return Priced::Missing;
        }
        let text = text.trim_start_matches('$');
        let mark = match (self.mark, number::both(text)) {
            (Some(mark), _) => mark,
            (None, Some((thousands, decimals))) if self.is_open || text.contains(',') => {
                return Priced::Either(thousands, decimals);
            }
            (None, _) => DecimalMark::shown_by(text).unwrap_or(DecimalMark::Point),
        };
        let Some(dollars) = mark.read(text) else { return Priced::Wrong };
        let native = dollars.checked_mul(Decimal::from(DOLLAR));
        let native = native.map(|native| native.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero));
        match native.and_then(|native| i64::try_from(native).ok()) {
            Some(0) => Priced::Wrong,
            Some(price) => Priced::Price(price),
            None => Priced::Large,
        }
    }
}

/// A price for people.
pub fn dollars(price: i64) -> String {
    format!("${}", Decimal::new(price, 8).normalize())
}

/// A moment for people: a date, or seconds where a file counts from a start of its own.
pub fn moment(seconds: i64) -> String {
    const YEAR: i64 = 366 * 86_400;
    if seconds < YEAR {
        return format!("second {seconds}");
    }
    let (day, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Howard Hinnant's algorithm `civil_from_days`.
    let shifted = day + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let place = (5 * of_year + 2) / 153;
    let date = of_year - (153 * place + 2) / 5 + 1;
    let month = if place < 10 { place + 3 } else { place - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year}-{month:02}-{date:02} {:02}:{:02}:{:02}", of_day / 3_600, of_day / 60 % 60, of_day % 60)
}

/// A length of time for people.
pub fn span(seconds: i64) -> String {
    match seconds {
        _ if seconds >= 86_400 && seconds % 86_400 == 0 => format!("{} d", seconds / 86_400),
        _ if seconds >= 3_600 && seconds % 3_600 == 0 => format!("{} h", seconds / 3_600),
        _ if seconds >= 60 && seconds % 60 == 0 => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}
