//! How errors get their codes, names and texts.

/// Defines an enum of errors, as Anchor's `error_code` does, which makes the interface description of the same lines.
///
/// Names and texts are in a table. Anchor's attribute writes a branch for each of them, which took 34,000 bytes of the program.
macro_rules! error_codes {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident {
            $($(#[doc = $doc:tt])* #[msg($text:tt)] $variant:ident,)*
        }
    ) => {
        #[cfg(feature = "idl-build")]
        #[error_code]
        $(#[$attribute])*
        pub enum $name {
            $($(#[doc = $doc])* #[msg($text)] $variant,)*
        }

        #[cfg(not(feature = "idl-build"))]
        #[derive(Clone, Copy, Debug)]
        #[repr(u32)]
        $(#[$attribute])*
        pub enum $name {
            $($(#[doc = $doc])* $variant,)*
        }

        #[cfg(not(feature = "idl-build"))]
        impl $name {
            /// Names and texts in the order of the errors.
            const TABLE: &[(&str, &str)] = &[$((stringify!($variant), $text)),*];

            fn entry(self) -> (&'static str, &'static str) {
                Self::TABLE.get(self as usize).copied().unwrap_or_default()
            }

            /// Returns the name of the error.
            pub fn name(&self) -> String {
                self.entry().0.into()
            }
        }

        #[cfg(not(feature = "idl-build"))]
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.entry().1)
            }
        }

        #[cfg(not(feature = "idl-build"))]
        impl From<$name> for u32 {
            fn from(error: $name) -> Self {
                anchor_lang::error::ERROR_CODE_OFFSET.saturating_add(error as Self)
            }
        }

        #[cfg(not(feature = "idl-build"))]
        impl From<$name> for Error {
            #[cold]
            #[inline(never)]
            fn from(error: $name) -> Self {
                let (name, text) = error.entry();
                Self::from(anchor_lang::error::AnchorError {
                    error_name: name.into(),
                    error_code_number: error.into(),
                    error_msg: text.into(),
                    error_origin: None,
                    compared_values: None,
                })
            }
        }
    };
}

pub(super) use error_codes;
