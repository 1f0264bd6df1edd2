//! Names that somebody else has written: what a mint says of itself is shown so that it moves no cursor and passes for no other name.

/// Most characters of a name that are shown.
const LONGEST: usize = 16;

/// A text that somebody else has written, as a terminal may show it: whatever is not a visible ASCII character is written as its number, so that nothing
/// moves the cursor, turns the direction of writing or looks like another letter.
pub fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_ascii_graphic() { c.to_string() } else { format!("\\u{{{:x}}}", u32::from(c)) };
    let cut = if text.chars().count() > LONGEST { "..." } else { "" };
    text.chars().take(LONGEST).map(shown).collect::<String>() + cut
}

/// As [`printable`], of a text of any length with blanks.
pub fn visible(text: &str) -> String {
    let shown = |c: char| {
        if c == ' ' || c.is_ascii_graphic() { c.to_string() } else { format!("\\u{{{:x}}}", u32::from(c)) }
    };
    text.chars().map(shown).collect()
}

/// As [`visible`], of words of the command line in a sentence of this program: letters of all languages stay, and what moves a cursor or is not seen does not.
pub fn told(text: &str) -> String {
    let hides = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let dash = |c: char| matches!(c, '\u{2012}'..='\u{2015}' | '\u{2212}');
    let mut told = String::with_capacity(text.len());
    for c in text.chars() {
        if hides(c) || dash(c) { told += &format!("\\u{{{:x}}}", u32::from(c)) } else { told.push(c) }
    }
    told
}

/// Whether two names may pass for each other to somebody who reads them: without regard to case, and to letters and digits that look alike.
pub fn look_alike(one: &str, other: &str) -> bool {
    skeleton(one) == skeleton(other)
}

/// What is the same of two names that pass for each other, and of no others. It is what is left of a name without what the eye passes over. A character that is not visible ASCII counts for nothing, because it may look like nothing.
pub fn skeleton(name: &str) -> String {
    let mut left = String::with_capacity(name.len());
    for c in name.chars().filter(char::is_ascii_graphic) {
        left.push(match c.to_ascii_lowercase() {
            '0' | 'q' => 'o',
            '1' | 'i' | '|' | '!' => 'l',
            '2' => 'z',
            '5' | '$' => 's',
            '8' => 'b',
            '_' | '~' => '-',
            ',' => '.',
            other => other,
        });
    }
    left.replace("rn", "m").replace("vv", "w").replace("cl", "d")
}

/// Why a text is no name for a pool, if it is none: a name is read by people, and must be no address.
pub fn unfit(name: &str) -> Option<&'static str> {
    if name.is_empty() || name.len() > LONGEST {
        return Some("a name has 1 to 16 characters");
    }
    if !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some("a name has visible ASCII characters only, and no blanks");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_have_written_moves_no_cursor_and_looks_like_nothing_else() {
        assert_eq!(printable("TSLA.M"), "TSLA.M");
        assert_eq!(printable("TSL\u{410}"), "TSL\\u{410}");
        assert_eq!(printable("\u{1b}[2J"), "\\u{1b}[2J");
        assert_eq!(printable("\u{202e}ALST"), "\\u{202e}ALST");
        assert_eq!(printable("a b\n"), "a\\u{20}b\\u{a}");
        assert_eq!(printable("abcdefghijklmnopqrst"), "abcdefghijklmnop...");
    }

    #[test]
    fn names_that_pass_for_each_other_are_known() {
        for (one, other) in [
            ("TSLA.M", "tsla.m"),
            ("TSLA.M", "T5LA.M"),
            ("CRCLx", "CRCIx"),
            ("CRCLx", "CRC1x"),
            ("MSFT0", "MSFTO"),
            ("rnstr", "mstr"),
            ("TSLA.M", "TSLA.M\u{200b}"),
            ("TSLA.M", "\u{202e}TSLA.M"),
        ] {
            assert!(look_alike(one, other), "{one:?} {other:?}");
        }
        for (one, other) in [("TSLA.M", "TSLA.X"), ("CRCLx", "CRCL"), ("CRCLx", "CRCLx-lena"), ("AAPL", "AMZN")] {
            assert!(!look_alike(one, other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_name_is_visible_and_short() {
        assert_eq!(unfit("CRCLx-lena"), None);
        for name in ["", "a b", "TSL\u{410}", "\u{1b}[2J", "abcdefghijklmnopq"] {
            assert!(unfit(name).is_some(), "{name:?}");
        }
    }
}
