//! Why a node does not answer, in words: clients of HTTP say it in their own.

/// Where the words of a client of HTTP begin.
const BEGINS: [&str; 7] = [
    "error sending request",
    "HTTP status",
    "expected value at line",
    "expected ident at line",
    "EOF while parsing",
    "error decoding response body",
    "builder error",
];

/// What is found in such words, what it means, and what to do.
const MEANINGS: &[(&[&str], &str, &str)] = &[
    (
        &["401 ", "403 "],
        "the node refuses who asks",
        "it wants a key, or another one: take the whole URL from who runs it, --url",
    ),
    (&["404 ", "405 ", "410 "], "there is no JSON-RPC under this path", "check the path of --url"),
    (&["429 "], "the node has had too many requests", "wait a minute, or take another node: --url, --nodes"),
    (
        &["400 ", "426 "],
        "what answers does not understand JSON-RPC",
        "check the port of --url: that of a websocket is another one",
    ),
    (
        &["500 ", "502 ", "503 ", "504 "],
        "the node is ill, or too busy",
        "try again, or take another node: --url, --nodes",
    ),
    (
        &["expected value at line", "expected ident at line", "EOF while parsing", "error decoding response body"],
        "what answers is no JSON-RPC, a web page perhaps",
        "check --url: it is the URL of a node that is wanted",
    ),
    (
        &["Connection refused"],
        "nothing listens there",
        "check the port of --url; `evergreen localnet` starts a market on this machine",
    ),
    (
        &["dns error"],
        "this name is not known",
        "check how the host of --url is spelt, and the connection to the internet",
    ),
    (
        &["InvalidContentType", "corrupt message"],
        "it speaks no TLS",
        "http:// may be meant in the place of https:// in --url",
    ),
    (&["certificate"], "its certificate is not trusted", "check the host of --url, and the clock of this machine"),
    (&["builder error"], "that is no URL", "check --url"),
    (
        &["timed out", "operation timed out"],
        "it does not answer in time",
        "try again, or take another node: --url, --nodes",
    ),
    (
        &["connection closed", "Connection reset", "incomplete message"],
        "it has ended the connection",
        "check the port of --url, and http:// or https://",
    ),
];

/// An error text in words, with what to do; `None` where nothing is known of it.
pub fn told(text: &str) -> Option<(String, &'static str)> {
    let begin = BEGINS.iter().filter_map(|words| text.find(words)).min()?;
    let (before, tail) = text.split_at(begin);
    // Only what stands in these words alone is put into others.
    if tail.contains([';', '\n']) {
        return None;
    }
    let (_, words, next) = MEANINGS.iter().find(|(needles, ..)| needles.iter().any(|needle| tail.contains(needle)))?;
    let detail = tail.rsplit(": ").next().unwrap_or(tail);
    let detail = detail
        .split_once('(')
        .filter(|_| detail.starts_with("HTTP"))
        .map_or(detail, |(_, code)| code.trim_end_matches(')'));
    Some((format!("{before}{words} ({detail})"), next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_of_http_say_is_told_in_words() {
        for (text, words, next) in [
            (
                "reading: HTTP status client error (401 Unauthorized)",
                "reading: the node refuses who asks (401 Unauthorized)",
                "a key",
            ),
            (
                "reading: HTTP status client error (404 Not Found)",
                "reading: there is no JSON-RPC under this path (404 Not Found)",
                "path",
            ),
            (
                "reading: HTTP status server error (503 Service Unavailable)",
                "reading: the node is ill, or too busy (503 Service Unavailable)",
                "another",
            ),
            (
                "reading: expected value at line 1 column 1",
                "reading: what answers is no JSON-RPC, a web page perhaps (expected value at line 1 column 1)",
                "a node",
            ),
            (
                "reading: error sending request: client error (Connect): tcp connect error: Connection refused (os error 111)",
                "reading: nothing listens there (Connection refused (os error 111))",
                "the port",
            ),
            (
                "reading: error sending request: client error (Connect): dns error: failed to lookup address information: Name or service not known",
                "reading: this name is not known (Name or service not known)",
                "spelt",
            ),
            (
                "reading: error sending request: client error (Connect): received corrupt message of type InvalidContentType",
                "reading: it speaks no TLS (received corrupt message of type InvalidContentType)",
                "http://",
            ),
        ] {
            let (said, advice) = told(text).expect(text);
            assert_eq!(said, words);
            assert!(advice.contains(next), "{advice}");
        }
        assert!(told("the program refuses: 401 is no number").is_none());
        assert!(
            told("one: HTTP status client error (401 Unauthorized); two: HTTP status client error (404 Not Found)")
                .is_none()
        );
    }
}
