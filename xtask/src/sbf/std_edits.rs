//! Edits of Rust's standard library that let it compile for Solana's virtual machine.
//!
//! Every edit names the text that it expects. If the sources do not contain the text exactly once, the set-up stops, because a standard
//! library that is edited only in part must never reach a program.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};

/// One replacement in a file of the `library` folder.
struct Edit {
    file: &'static str,
    /// Text that must occur exactly once.
    find: &'static str,
    replace: &'static str,
}

/// A file that is added to the `library` folder.
struct NewFile {
    file: &'static str,
    text: &'static str,
}

const EDITS: &[Edit] = &[
    // Without this every crate fails with "use of unstable library feature `restricted_std`".
    Edit {
        file: "std/build.rs",
        find: "        || target_os == \"zkvm\"\n",
        replace: "        || target_os == \"zkvm\"\n        || target_os == \"solana\"\n",
    },
    // The loader maps the heap with at least 8 bytes of alignment.
    Edit {
        file: "std/src/sys/alloc/mod.rs",
        find: "    target_arch = \"hexagon\",\n",
        replace: "    target_arch = \"hexagon\",\n    target_arch = \"bpf\",\n",
    },
    Edit {
        file: "std/src/sys/alloc/mod.rs",
        find: "    target_os = \"zkvm\" => {\n        mod zkvm;\n    }\n",
        replace: "    target_os = \"zkvm\" => {\n        mod zkvm;\n    }\n    target_os = \"solana\" => {\n        mod solana;\n    }\n",
    },
    Edit {
        file: "std/src/sys/random/mod.rs",
        find: "    target_os = \"zkvm\" => {\n",
        replace: "    target_os = \"solana\" => {\n        mod solana;\n        pub use solana::fill_bytes;\n    }\n    target_os = \"zkvm\" => {\n",
    },
    // All validators have to compute the same results, so hash maps get the same keys everywhere.
    Edit {
        file: "std/src/hash/random.rs",
        find: "    pub fn new() -> RandomState {\n",
        replace: "    pub fn new() -> RandomState {\n        #[cfg(target_os = \"solana\")]\n        return RandomState { k0: 0x6576_6572_6772_6565, k1: 0x6e20_6f70_7469_6f6e };\n        #[cfg(not(target_os = \"solana\"))]\n        Self::with_random_keys()\n    }\n\n    #[cfg(not(target_os = \"solana\"))]\n    #[inline]\n    fn with_random_keys() -> RandomState {\n",
    },
    Edit {
        file: "std/src/sys/io/error/mod.rs",
        find: "        target_os = \"zkvm\",\n",
        replace: "        target_os = \"zkvm\",\n        target_os = \"solana\",\n",
    },
    Edit {
        file: "std/src/sys/thread_local/mod.rs",
        find: "        target_os = \"zkvm\",\n        target_os = \"trusty\",\n        target_os = \"vexos\",\n    ) => {\n        mod no_threads;\n",
        replace: "        target_os = \"zkvm\",\n        target_os = \"solana\",\n        target_os = \"trusty\",\n        target_os = \"vexos\",\n    ) => {\n        mod no_threads;\n",
    },
    Edit {
        file: "std/src/sys/thread_local/mod.rs",
        find: "            target_os = \"zkvm\",\n            target_os = \"trusty\",\n",
        replace: "            target_os = \"zkvm\",\n            target_os = \"solana\",\n            target_os = \"trusty\",\n",
    },
    // The entrypoint macro of programs defines `custom_panic`, which logs the place and the message of a panic.
    Edit {
        file: "std/src/panicking.rs",
        find: "pub fn panic_handler(info: &core::panic::PanicInfo<'_>) -> ! {\n",
        replace: "pub fn panic_handler(info: &core::panic::PanicInfo<'_>) -> ! {\n    #[cfg(target_os = \"solana\")]\n    {\n        unsafe extern \"Rust\" {\n            fn custom_panic(info: &core::panic::PanicInfo<'_>);\n        }\n        unsafe { custom_panic(info) };\n        intrinsics::abort()\n    }\n    #[cfg(not(target_os = \"solana\"))]\n    panic_handler_with_hook(info)\n}\n\n#[cfg(not(any(test, doctest, target_os = \"solana\")))]\nfn panic_handler_with_hook(info: &core::panic::PanicInfo<'_>) -> ! {\n",
    },
    Edit {
        file: "std/src/panicking.rs",
        find: "    if cfg!(panic = \"immediate-abort\") {\n        intrinsics::abort()\n    }\n\n    struct Payload<A> {\n",
        replace: "    if cfg!(any(panic = \"immediate-abort\", target_os = \"solana\")) {\n        intrinsics::abort()\n    }\n\n    struct Payload<A> {\n",
    },
];

const NEW_FILES: &[NewFile] = &[
    NewFile {
        file: "std/src/sys/alloc/solana.rs",
        text: "use crate::alloc::{GlobalAlloc, Layout, System};

// Programs bring a global allocator of their own; nothing can be had from the machine.
#[stable(feature = \"alloc_system_type\", since = \"1.28.0\")]
unsafe impl GlobalAlloc for System {
    unsafe fn alloc(&self, _layout: Layout) -> *mut u8 {
        crate::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _ptr: *mut u8, _layout: Layout) {}
}
",
    },
    NewFile {
        file: "std/src/sys/random/solana.rs",
        text: "pub fn fill_bytes(_: &mut [u8]) {
    panic!(\"there is no randomness on chain\");
}
",
    },
];

/// Returns a text that changes with every edit; the key of the edited copy is made from it.
pub fn fingerprint() -> String {
    let mut text = String::new();
    for edit in EDITS {
        text += &format!("{}\n{}\n{}\n", edit.file, edit.find, edit.replace);
    }
    for new in NEW_FILES {
        text += &format!("{}\n{}\n", new.file, new.text);
    }
    text
}

/// Applies all edits to the standard library in `library`.
pub fn apply(library: &Path) -> Result<()> {
    for edit in EDITS {
        let path = library.join(edit.file);
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let edited = replace_once(&text, edit.find, edit.replace).with_context(|| {
            format!("{} is not what this edit was written for; the pinned Rust version must have changed", edit.file)
        })?;
        fs::write(&path, edited).with_context(|| format!("writing {}", path.display()))?;
    }
    for new in NEW_FILES {
        let path = library.join(new.file);
        ensure!(!path.exists(), "{} exists already in the standard library's sources", new.file);
        fs::write(&path, new.text).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

fn replace_once(text: &str, find: &str, replace: &str) -> Result<String> {
    let count = text.matches(find).count();
    ensure!(count == 1, "expected to find the following text once, found it {count} times:\n{find}");
    Ok(text.replacen(find, replace, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_a_text_that_occurs_once() {
        assert_eq!(replace_once("a b c", "b", "x").unwrap(), "a x c");
    }

    #[test]
    fn refuses_a_text_that_is_missing_or_ambiguous() {
        for (text, find, count) in [("a b c", "d", 0), ("a b b", "b", 2)] {
            let error = replace_once(text, find, "x").unwrap_err().to_string();
            assert_eq!(error, format!("expected to find the following text once, found it {count} times:\n{find}"));
        }
    }

    #[test]
    fn fingerprint_names_every_file() {
        let text = fingerprint();
        for file in EDITS.iter().map(|edit| edit.file).chain(NEW_FILES.iter().map(|new| new.file)) {
            assert!(text.contains(file));
        }
    }
}
