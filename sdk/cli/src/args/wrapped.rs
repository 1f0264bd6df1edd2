//! Help in lines that fit a terminal.

/// Columns by which a description is indented that stands below its option.
const BELOW: usize = 8;

/// Lines of a short help: as many as a screen has.
const SCREEN: usize = 40;
/// What tells where the rest is.
const REST: &str = "`--help` in the place of `-h` tells all of it.";

/// A short help in lines of at most so many columns: [`wrapped`] where that fits a screen. Otherwise each row is one line, of which the end is left out, and the last line says what tells it.
pub fn short(text: &str, width: usize) -> String {
    let whole = wrapped(text, width);
    if whole.lines().count() <= SCREEN {
        return whole;
    }
    // Whoever reads this knows how to ask for help; the line in its place says how to ask for more.
    let rows = text.lines().filter(|line| !plain(line).starts_with("  help "));
    rows.map(|line| cut(line, width)).chain([REST.to_owned()]).collect::<Vec<_>>().join("\n")
}

/// The beginning of a line. A line to be pasted stays whole.
fn cut(line: &str, width: usize) -> String {
    let seen = plain(line);
    if seen.chars().count() <= width || is_pasted(&seen) {
        return line.to_owned();
    }
    format!("{}…", line[..at(line, width.saturating_sub(1))].trim_end())
}

/// Whether a line is there to be pasted into a shell.
fn is_pasted(line: &str) -> bool {
    ["For instance: ", "Usage: "].iter().any(|start| line.starts_with(start))
}

/// The text in lines of at most so many columns. What stands beside an option stays beside it where there is room, and below it otherwise. Lines to be pasted stay whole.
pub fn wrapped(text: &str, width: usize) -> String {
    text.lines().map(|line| wrapped_line(line, width)).collect::<Vec<_>>().join("\n")
}

fn wrapped_line(line: &str, width: usize) -> String {
    let plain = plain(line);
    if plain.chars().count() <= width || is_pasted(&plain) {
        return line.to_owned();
    }
    let lead = plain.chars().take_while(|letter| *letter == ' ').count();
    let Some(column) = description(&plain, lead) else {
        return broken("", lead, line.trim_start(), width, lead);
    };
    let (option, told) = line.split_at(at(line, column));
    if column <= width * 2 / 5 {
        return broken(option, column, told, width, column);
    }
    format!("{}\n{}", option.trim_end(), broken(&" ".repeat(BELOW), BELOW, told, width, BELOW))
}

/// The column where a description begins: behind two blanks after what is described.
fn description(plain: &str, lead: usize) -> Option<usize> {
    if lead == 0 {
        return None;
    }
    let letters: Vec<char> = plain.chars().collect();
    let gap = (lead..letters.len().saturating_sub(1)).find(|place| letters[*place..][..2] == [' ', ' '])?;
    letters[gap..].iter().position(|letter| *letter != ' ').map(|blanks| gap + blanks)
}

/// Words behind what stands in a line already, `used` columns of it; further lines begin at a column.
fn broken(start: &str, used: usize, words: &str, width: usize, hang: usize) -> String {
    let mut text = if start.is_empty() { " ".repeat(used) } else { start.to_owned() };
    let mut column = used;
    for (place, word) in words.split_whitespace().enumerate() {
        let long = plain(word).chars().count();
        if place > 0 && column + 1 + long > width {
            text += &format!("\n{}", " ".repeat(hang));
            column = hang;
        } else if place > 0 {
            text.push(' ');
            column += 1;
        }
        text += word;
        column += long;
    }
    text
}

/// The text as it is seen, without what colours it.
fn plain(text: &str) -> String {
    let (mut seen, mut is_colour) = (String::new(), false);
    for letter in text.chars() {
        match (is_colour, letter) {
            (false, '\u{1b}') => is_colour = true,
            (false, letter) => seen.push(letter),
            (true, letter) => is_colour = letter != 'm',
        }
    }
    seen
}

/// The byte of a line in which a column is seen.
fn at(line: &str, column: usize) -> usize {
    let (mut seen, mut is_colour) = (0, false);
    for (place, letter) in line.char_indices() {
        match (is_colour, letter) {
            (false, '\u{1b}') => is_colour = true,
            (false, _) if seen == column => return place,
            (false, _) => seen += 1,
            (true, letter) => is_colour = letter != 'm',
        }
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_stay_beside_their_options_or_stand_below_them() {
        let line = "  -u, --url <URL>  URL of the network's JSON-RPC, or mainnet, devnet, localhost";
        assert_eq!(
            wrapped(line, 50),
            "  -u, --url <URL>  URL of the network's JSON-RPC,\n                   or mainnet, devnet, localhost"
        );
        assert_eq!(
            wrapped(line, 40),
            "  -u, --url <URL>\n        URL of the network's JSON-RPC,\n        or mainnet, devnet, localhost"
        );
        assert_eq!(wrapped(line, 100), line);
        // Colours take no columns.
        let coloured =
            "  \u{1b}[1m-u, --url\u{1b}[0m <URL>  URL of the network's JSON-RPC, or mainnet, devnet, localhost";
        assert_eq!(plain(&wrapped(coloured, 50)), wrapped(line, 50));
        let pasted = "For instance: evergreen quote buy --pool TSLA.M --underlying BTC --call";
        assert_eq!(wrapped(pasted, 40), pasted);
        assert_eq!(wrapped("a b c d", 3), "a b\nc d");
    }

    #[test]
    fn a_short_help_is_cut_only_where_it_would_not_fit_a_screen() {
        let rows =
            |count: usize| (0..count).map(|row| format!("  --row-{row:02}  one two three four\n")).collect::<String>();
        // Two lines each.
        assert_eq!(short(&rows(SCREEN / 2), 29), wrapped(&rows(SCREEN / 2), 29));
        let cut = short(&format!("{}  help  Print\nFor instance: evergreen of more columns", rows(SCREEN / 2 + 1)), 29);
        let lines: Vec<&str> = cut.lines().collect();
        assert_eq!((lines[0], lines.len()), ("  --row-00  one two three fo…", SCREEN / 2 + 3));
        assert_eq!(lines[lines.len() - 2..], ["For instance: evergreen of more columns", REST]);
    }
}
