//! Checks that instructions do not repeat account fields, and that some code is only in the files that the rules list.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    File, Report,
    config::{Accounts, Door},
    source::{find_word, line_of, shipped_code, without_comments},
    unneeded,
};

/// The accounts of one instruction.
struct Block {
    name: String,
    place: String,
    fields: Vec<Field>,
}

struct Field {
    name: String,
    /// Attributes, name and type without white space.
    text: String,
}

/// Finds rows of fields that two instructions share.
pub fn check(files: &[File], rules: &Accounts) -> Report {
    let of_program = |file: &&File| file.is_rust() && file.path.starts_with(&rules.source);
    let blocks: Vec<Block> = files.iter().filter(of_program).flat_map(blocks).collect();
    // The names of each row's fields, and the instructions that have the row.
    let mut rows: BTreeMap<Vec<&str>, BTreeSet<String>> = BTreeMap::new();
    for (index, one) in blocks.iter().enumerate() {
        for other in &blocks[index + 1..] {
            for row in shared(&one.fields, &other.fields, rules.run) {
                let places = rows.entry(row.iter().map(|field| field.name.as_str()).collect()).or_default();
                places.extend([one, other].map(|block| format!("{} ({})", block.name, block.place)));
            }
        }
    }
    let mut breaks = Vec::new();
    let mut needed = BTreeSet::new();
    for (row, places) in rows {
        if let Some(index) = rules.repeated.iter().position(|repeated| repeated.fields == row) {
            needed.insert(index);
            continue;
        }
        let places: Vec<String> = places.into_iter().collect();
        breaks.push(format!("fields {} are repeated in {}", row.join(", "), places.join(", ")));
    }
    for (_, repeated) in rules.repeated.iter().enumerate().filter(|(index, _)| !needed.contains(index)) {
        breaks.push(unneeded(&format!("fields {}", repeated.fields.join(", ")), &repeated.reason));
    }
    Report { name: "accounts", count: blocks.len(), things: "instructions", breaks }
}

/// Returns the longest rows of at least `run` equal fields.
fn shared<'a>(one: &'a [Field], other: &[Field], run: usize) -> Vec<&'a [Field]> {
    let mut found = Vec::new();
    for start in 0..one.len() {
        for against in 0..other.len() {
            let same = |offset: usize| match (one.get(start + offset), other.get(against + offset)) {
                (Some(a), Some(b)) => a.text == b.text,
                _ => false,
            };
            let goes_back = start > 0 && against > 0 && one[start - 1].text == other[against - 1].text;
            let length = (0..).take_while(|offset| same(*offset)).count();
            if length >= run && !goes_back {
                found.push(&one[start..start + length]);
            }
        }
    }
    found
}

/// Returns the structs of a file that describe accounts.
fn blocks(file: &File) -> Vec<Block> {
    let code = without_comments(&file.text);
    let mut found = Vec::new();
    for (at, _) in code.match_indices("#[derive(Accounts)]") {
        let Some(start) = find_word(&code[at..], "struct").next().map(|offset| at + offset) else { continue };
        let Some(open) = code[start..].find('{').map(|offset| start + offset) else { continue };
        let name = code[start + "struct".len()..open].split('<').next().unwrap_or_default().trim().to_string();
        let fields = fields(&code[open + 1..]);
        found.push(Block { name, place: format!("{}:{}", file.path, line_of(&code, start)), fields });
    }
    found
}

/// Returns the fields of a struct; `body` begins after its opening brace.
fn fields(body: &str) -> Vec<Field> {
    let (mut found, mut text, mut depth) = (Vec::new(), String::new(), 0usize);
    for c in body.chars() {
        match c {
            '}' if depth == 0 => break,
            '(' | '[' | '{' | '<' => depth += 1,
            ')' | ']' | '}' | '>' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                found.extend(field(&std::mem::take(&mut text)));
                continue;
            }
            _ => {}
        }
        text.push(c);
    }
    found.extend(field(&text));
    found
}

fn field(text: &str) -> Option<Field> {
    let name = text.rsplit("pub ").next()?.split(':').next()?.trim().to_string();
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    // A comma at the end of an attribute has no meaning, so it is removed.
    (!text.is_empty()).then(|| Field { name, text: text.replace(",)]", ")]") })
}

/// Finds code outside of the files that may contain it.
pub fn doors(files: &[File], rules: &[Door]) -> Report {
    let mut breaks = Vec::new();
    for door in rules {
        let mut used = BTreeSet::new();
        for file in files.iter().filter(|file| file.is_rust() && file.path.starts_with(&door.within)) {
            if !file.text.contains(&door.pattern) {
                continue;
            }
            let code = shipped_code(&file.text);
            let Some(at) = find_word(&code, &door.pattern).next() else { continue };
            used.insert(file.path.as_str());
            if !door.files.contains(&file.path) {
                let place = format!("{}:{}", file.path, line_of(&code, at));
                breaks.push(format!("{place}: `{}` is said elsewhere only: {}", door.pattern, door.reason));
            }
        }
        for path in door.files.iter().filter(|path| !used.contains(path.as_str())) {
            breaks.push(unneeded(&format!("`{}` in {path}", door.pattern), &door.reason));
        }
    }
    Report { name: "doors", count: rules.len(), things: "doors", breaks }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(name: &str, fields: &str) -> String {
        format!("#[derive(Accounts)]\npub struct {name}<'info> {{ {fields} }}\n")
    }

    const ROW: &str = "/// Doc.\n pub a: Signer<'info>,\n #[account(mut, has_one = x,)] pub b: Map<A, B>, pub c: C,";

    fn breaks(text: &str, repeated: &str) -> Vec<String> {
        let rules = toml::from_str(&format!("source = \"p/\"\nrun = 3\nrepeated = [{repeated}]")).unwrap();
        check(&[File::new("p/a.rs", text)], &rules).breaks
    }

    #[test]
    fn equal_rows_are_reported_even_if_their_comments_differ() {
        let text = block("One", &format!("pub z: Z, {ROW} pub y: Y,"))
            + &block("Two", "pub a: Signer<'info>, #[account(mut, has_one = x)]\n pub b: Map<A, B>, pub c: C");
        assert_eq!(breaks(&text, ""), ["fields a, b, c are repeated in One (p/a.rs:2), Two (p/a.rs:6)"]);
        assert!(breaks(&text, "{ fields = [\"a\", \"b\", \"c\"], reason = \"r\" }").is_empty());
    }

    #[test]
    fn rows_that_differ_in_an_attribute_are_not_equal() {
        let text = block("One", ROW) + &block("Two", &ROW.replace("mut, ", ""));
        assert!(breaks(&text, "").is_empty());
        assert_eq!(breaks(&text, "{ fields = [\"a\"], reason = \"r\" }").len(), 1);
    }

    #[test]
    fn a_door_is_used_where_it_is_listed_and_nowhere_else() {
        let door = || toml::from_str::<Door>("pattern = \"pay(\"\nfiles = [\"a.rs\"]\nreason = \"one place\"").unwrap();
        let a = || File::new("a.rs", "pay(1)");
        assert!(doors(&[a(), File::new("b.rs", "repay(2); // pay(3)")], &[door()]).breaks.is_empty());
        let breaks = doors(&[a(), File::new("b.rs", "\npay(2)")], &[door()]).breaks;
        assert_eq!(breaks, ["b.rs:2: `pay(` is said elsewhere only: one place"]);
        assert_eq!(doors(&[File::new("a.rs", "")], &[door()]).breaks.len(), 1);
    }
}
