//! The documents whose commands are run by tests.

/// The command's own document.
pub const COMMAND: &str = include_str!("../../../docs/cli.md");
/// The guide for traders and providers of liquidity.
pub const TRADER: &str = include_str!("../../../docs/trader.md");
/// The guide for operators.
pub const OPERATOR: &str = include_str!("../../../docs/operator.md");
/// The guide for those who run a keeper.
pub const KEEPER: &str = include_str!("../../../docs/keeper.md");

/// The guide for curators.
pub const CURATOR: &str = include_str!("../../../docs/curator.md");

/// A command of a document.
pub struct Line {
    /// Arguments of the command, without `evergreen` and without comment.
    pub arguments: String,
    /// Output of the command according to the document: the block with heading `text` that follows directly.
    pub output: Option<String>,
}

/// Returns the commands in a document's blocks with this heading. The output of a block belongs to its last command.
pub fn commands(document: &str, heading: &str) -> Vec<Line> {
    let mut found: Vec<Line> = Vec::new();
    // The heading of the block that a line is in.
    let mut block: Option<&str> = None;
    // Whether only blank lines have come since the end of a block with the wanted heading.
    let mut directly_after = false;
    for line in document.lines() {
        if let Some(mark) = line.strip_prefix("```") {
            directly_after = match block.replace(mark) {
                None => directly_after && mark == "text",
                Some(ended) => {
                    block = None;
                    ended == heading
                }
            };
            continue;
        }
        match block {
            Some("text") if directly_after => {
                // A block without commands has no output.
                let Some(last) = found.last_mut() else { continue };
                last.output.get_or_insert_default().push_str(&format!("{line}\n"));
            }
            Some(inside) if inside == heading => {
                let line = line.split(" #").next().unwrap_or_default().trim();
                if let Some(arguments) = line.strip_prefix("evergreen ") {
                    found.push(Line { arguments: arguments.to_owned(), output: None });
                }
            }
            Some(_) => {}
            None => directly_after &= line.trim().is_empty(),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str =
        "```sh\nevergreen one # first\n```\n\n```text\nsaid\n```\n```sh b\nevergreen two\n```\n```text\nof two\n```";

    #[test]
    fn commands_come_without_comments_and_with_what_they_print() {
        let found = commands(DOCUMENT, "sh");
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].arguments.as_str(), found[0].output.as_deref()), ("one", Some("said\n")));
    }

    #[test]
    fn blocks_of_another_heading_are_left_out() {
        let found: Vec<String> = commands(DOCUMENT, "sh b").into_iter().map(|line| line.arguments).collect();
        assert_eq!(found, ["two"]);
    }
}
