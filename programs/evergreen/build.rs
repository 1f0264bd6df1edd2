//! Whom to tell of a weakness, for the note that explorers show (`security.txt`). A build carries the note only if it is told:
//! whoever deploys the program is the contact, and no one else can be.

use std::env;

const CONTACT: &str = "EVERGREEN_SECURITY_CONTACT";
const TOGETHER: [&str; 2] = ["EVERGREEN_PROJECT_URL", "EVERGREEN_SECURITY_POLICY"];
/// The kinds of contacts that readers of the note understand.
const KINDS: [&str; 5] = ["email", "link", "discord", "telegram", "twitter"];

fn main() {
    println!("cargo::rustc-check-cfg=cfg(security_contact)");
    for name in [CONTACT].iter().chain(&TOGETHER) {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let Some(contact) = set(CONTACT) else { return };
    if !contact.split(',').all(|one| one.split_once(':').is_some_and(|(kind, _)| KINDS.contains(&kind.trim()))) {
        println!(
            "cargo::error={CONTACT} is `{contact}`: say how and whom, as in email:security@example.com ({})",
            KINDS.join(", ")
        );
    }
    for missing in TOGETHER.iter().filter(|name| set(name).is_none()) {
        println!("cargo::error={CONTACT} is set and {missing} is not: it is a URL, shown beside the contact");
    }
    println!("cargo::rustc-cfg=security_contact");
}
