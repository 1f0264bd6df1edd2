//! What holds for every argument of a small domain, and not for some of them that are drawn. Each test says its domain; docs/security.md lists them.

mod amounts;
mod divisions;
mod locks;
mod losses;
mod shares;
