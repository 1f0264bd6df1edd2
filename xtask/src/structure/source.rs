//! Rust code as text without comments, strings or tests. Everything that is left keeps its place.

use std::ops::Range;

/// Whether a character can be part of an identifier.
pub fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Returns the offsets where the pattern occurs as a whole word, that is, where no identifier continues beyond its ends.
pub fn find_word<'a>(text: &'a str, pattern: &'a str) -> impl Iterator<Item = usize> + 'a {
    let begins = pattern.chars().next().is_some_and(in_name);
    let ends = pattern.chars().next_back().is_some_and(in_name);
    text.match_indices(pattern).map(|(at, _)| at).filter(move |at| {
        let before = text[..*at].chars().next_back();
        let after = text[*at + pattern.len()..].chars().next();
        !(begins && before.is_some_and(in_name) || ends && after.is_some_and(in_name))
    })
}

/// Returns the line of an offset in a text, counted from one.
pub fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Returns the text with blanks in place of comments, so that everything else keeps its place. Strings stay.
pub fn without_comments(text: &str) -> String {
    blank(text, false)
}

/// Returns the code of a file that is not for tests, without comments and the contents of strings.
pub fn shipped_code(text: &str) -> String {
    let code = blank(text, true);
    let mut bytes = code.clone().into_bytes();
    for range in test_items(&code) {
        blank_range(&mut bytes, range);
    }
    // Only whole ASCII-or-not characters were replaced by blanks of the same number of bytes.
    String::from_utf8(bytes).unwrap_or(code)
}

/// Returns all code of a file, without comments and the contents of strings.
pub fn whole_code(text: &str) -> String {
    blank(text, true)
}

/// Returns the code of a file that is under an attribute for tests, without comments and the contents of strings. The code keeps its
/// place.
pub fn test_code(text: &str) -> String {
    let code = blank(text, true);
    let mut bytes = code.clone().into_bytes();
    let mut end = 0;
    for range in test_items(&code) {
        if range.start >= end {
            blank_range(&mut bytes, end..range.start);
        }
        end = end.max(range.end);
    }
    let rest = end..bytes.len();
    blank_range(&mut bytes, rest);
    // Only whole ASCII-or-not characters were replaced by blanks of the same number of bytes.
    String::from_utf8(bytes).unwrap_or(code)
}

/// Returns the names of the modules that a file declares for tests only (`#[cfg(test)] mod tests;`).
pub fn test_modules(text: &str) -> Vec<String> {
    let code = blank(text, true);
    let name = |range: Range<usize>| {
        let item = code[range].trim_end().strip_suffix(';')?;
        let mut words = item.split_whitespace().rev();
        let name = words.next()?;
        (words.next() == Some("mod")).then(|| name.to_string())
    };
    test_items(&code).into_iter().filter_map(name).collect()
}

/// Returns the ranges of items under an attribute for tests, from the attribute to the end of the item.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for start in ["#[cfg(test)]", "#[cfg(all(test,"] {
        for (at, _) in code.match_indices(start) {
            found.push(at..end_of_item(code, at));
        }
    }
    found.sort_by_key(|range| range.start);
    found
}

/// Returns the end of the item that begins at `at`: its closing brace or its semicolon outside of all brackets.
fn end_of_item(code: &str, at: usize) -> usize {
    let mut depth = 0usize;
    for (offset, byte) in code[at..].bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + offset + 1;
                }
            }
            b';' if depth == 0 => return at + offset + 1,
            _ => {}
        }
    }
    code.len()
}

fn blank_range(bytes: &mut [u8], range: Range<usize>) {
    for byte in &mut bytes[range] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

/// Replaces comments by blanks, and the contents of strings as well if `strings`.
fn blank(text: &str, strings: bool) -> String {
    let source = text.as_bytes();
    let mut bytes = source.to_vec();
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        if rest.starts_with(b"//") {
            let end = at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            blank_range(&mut bytes, at..end);
            at = end;
        } else if rest.starts_with(b"/*") {
            let end = end_of_comment(source, at);
            blank_range(&mut bytes, at..end);
            at = end;
        } else if let Some((inside, end)) = string(source, at) {
            if strings {
                blank_range(&mut bytes, inside);
            }
            at = end;
        } else {
            at += 1;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_string())
}

fn end_of_comment(source: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0usize);
    while at < source.len() {
        if source[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if source[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    source.len()
}

/// Returns the range of the contents and the end of a string or character literal that begins at `at`.
fn string(source: &[u8], at: usize) -> Option<(Range<usize>, usize)> {
    let after_name = at > 0 && in_name(char::from(source[at - 1]));
    let quoted = |open: usize, quote: u8| {
        let mut end = open + 1;
        while end < source.len() && source[end] != quote {
            end += if source[end] == b'\\' { 2 } else { 1 };
        }
        let end = end.min(source.len());
        (open + 1..end, (end + 1).min(source.len()))
    };
    match source[at] {
        b'"' => Some(quoted(at, b'"')),
        b'r' if !after_name || source[at - 1] == b'b' => {
            let hashes = source[at + 1..].iter().take_while(|byte| **byte == b'#').count();
            let open = at + 1 + hashes;
            if source.get(open) != Some(&b'"') {
                return None;
            }
            let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
            let length = source[open + 1..].windows(close.len()).position(|window| window == close);
            let end = length.map_or(source.len(), |length| open + 1 + length);
            Some((open + 1..end, (end + close.len()).min(source.len())))
        }
        // This is a character and not a lifetime, because a quote follows after one character or an escape.
        b'\'' if source.get(at + 1) == Some(&b'\\') || is_character(&source[at + 1..]) => Some(quoted(at, b'\'')),
        _ => None,
    }
}

fn is_character(after: &[u8]) -> bool {
    let width = match after.first() {
        Some(byte) if *byte >= 0xf0 => 4,
        Some(byte) if *byte >= 0xe0 => 3,
        Some(byte) if *byte >= 0xc0 => 2,
        _ => 1,
    };
    after.get(width) == Some(&b'\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_whole_only() {
        let count = |text: &str, word: &str| find_word(text, word).count();
        assert_eq!(count("let desk = desk;", "desk"), 2);
        assert_eq!(count("desktop, my_desk, desk_2", "desk"), 0);
        assert_eq!(count("shout::explained!(x)", "explained!"), 1);
        assert_eq!(count("once_again::run(), again::run()", "again::"), 1);
    }

    #[test]
    fn comments_and_strings_become_blanks_of_the_same_size() {
        let text =
            "a // crate::x\nlet b = \"crate::y \\\" //\"; /* c /* d */ e */ f\nlet g = r#\"h\"i\"#; 'j' 'k: '\\''";
        let code = blank(text, true);
        assert_eq!(code.len(), text.len());
        assert_eq!(code.lines().count(), 3);
        for gone in ["crate", " e ", "h\"i", "'j'"] {
            assert!(!code.contains(gone), "{gone} in {code}");
        }
        for kept in ["let b = \"", " f", "let g", "'k:"] {
            assert!(code.contains(kept), "{kept} not in {code}");
        }
        assert!(without_comments(text).contains("crate::y"));
    }

    #[test]
    fn shipped_code_has_no_tests() {
        let text = "use a;\n#[cfg(test)]\nmod tests { fn f() { g(\"}\") } }\nuse b;\n#[cfg(test)]\nuse c;\nuse d;";
        let code = shipped_code(text);
        assert!(code.contains("use a;") && code.contains("use b;") && code.contains("use d;"));
        assert!(!code.contains("fn f") && !code.contains("use c;"));
        assert_eq!(line_of(&code, code.find("use d").unwrap()), 7);
    }

    #[test]
    fn test_code_has_only_tests() {
        let text = "use a;\n#[cfg(all(test, b))]\nmod c { \"}\" }\nuse d;\n#[cfg(test)]\nuse e;\nuse f;";
        let code = test_code(text);
        assert_eq!(
            code.split_whitespace().collect::<Vec<_>>().join(" "),
            "#[cfg(all(test, b))] mod c { \" \" } #[cfg(test)] use e;"
        );
        assert_eq!(line_of(&code, code.find("use e").unwrap()), 6);
    }

    #[test]
    fn modules_of_tests_are_known_by_name() {
        assert_eq!(test_modules("mod a;\n#[cfg(test)]\nmod b;\n#[cfg(test)]\nmod c { }"), ["b"]);
    }
}
