//! Further nodes of the network, out of a file: keys of providers stand in URLs, and arguments are seen by everybody on a machine.

use super::websocket_of;
use crate::{failure::Usage, secrets};
use anyhow::{Context as _, Result};
use std::path::Path;

/// A node of the network.
#[derive(Clone, PartialEq, Eq)]
pub struct Node {
    /// URL of JSON-RPC.
    pub url: String,
    /// URL of its websocket.
    pub websocket: String,
}

/// The nodes in a file.
///
/// # Errors
/// [`Usage`] for what is no URL, by its line: it may hold a key; when the file cannot be read.
pub fn read(file: &Path) -> Result<Vec<Node>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let mut nodes = Vec::new();
    for (line, url, websocket) in lines_of(&text) {
        let is_url = |url: &str, schemes: [&str; 2]| schemes.iter().any(|scheme| url.starts_with(scheme));
        if !is_url(url, ["http://", "https://"]) || websocket.is_some_and(|url| !is_url(url, ["ws://", "wss://"])) {
            let file = file.display();
            let words = format!("{file}, line {line}: expected a URL of JSON-RPC, and perhaps one of its websocket");
            return Err(Usage(words).into());
        }
        secrets::keep_url(url);
        let websocket = match websocket {
            Some(websocket) => websocket.to_owned(),
            None => websocket_of(url)?,
        };
        secrets::keep_url(&websocket);
        nodes.push(Node { url: url.to_owned(), websocket });
    }
    Ok(nodes)
}

/// The lines of a file of nodes: their number, the URL, and that of the websocket.
fn lines_of(text: &str) -> impl Iterator<Item = (usize, &str, Option<&str>)> {
    (1..).zip(text.lines()).filter_map(|(number, line)| {
        let mut words = line.split_whitespace();
        let url = words.next().filter(|word| !word.starts_with('#'))?;
        Some((number, url, words.next()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_nodes_has_comments_and_websockets() {
        let text = "# the good one\nhttps://one.example/KEY\n\n  https://two.example wss://two.example/ws  \n";
        let lines: Vec<(usize, &str, Option<&str>)> = lines_of(text).collect();
        let expected = [(2, "https://one.example/KEY", None), (4, "https://two.example", Some("wss://two.example/ws"))];
        assert_eq!(lines, expected);
    }
}
