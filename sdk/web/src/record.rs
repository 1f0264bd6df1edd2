//! Macros that implement the bridge for types.

/// Implements [`Tell`](crate::value::Tell) for a struct of the program: its documentation, its name, and its fields with their documentation;
/// `bytes` are hexadecimal, and
/// braces hold the fields of a type that cannot be named.
macro_rules! told {
    ($docs:literal, $name:ident { $($text:literal $field:ident: $kind:tt,)* }) => {
        impl $crate::value::Tell for $name {
            fn declare(types: &mut $crate::value::Declarations) -> String {
                const NAME: &str = stringify!($name);
                // A name that is taken ends the recursion of types that hold themselves.
                if types.begin::<Self>(NAME) {
                    let mut fields = String::new();
                    $(
                        let of = told!(@type types, $kind, Self, $field);
                        fields += &$crate::value::comment($text, "  ");
                        fields += &format!("  {}: {of};\n", $crate::value::camel(stringify!($field)));
                    )*
                    let declaration = format!("{}export interface {NAME} {{\n{fields}}}\n", $crate::value::comment($docs, ""));
                    types.end(NAME, declaration);
                }
                NAME.to_owned()
            }

            #[inline(never)]
            fn tell(&self) -> serde_json::Value {
                #[allow(unused_mut)]
                let mut all = serde_json::Map::new();
                $(
                    $crate::value::put(&mut all, stringify!($field), told!(@value $kind, self.$field));
                )*
                all.into()
            }
        }
    };
    (@value plain, $value:expr) => { $crate::value::Tell::tell(&$value) };
    (@value bytes, $value:expr) => { $crate::value::Tell::tell(&$crate::value::Hex($value)) };
    (@value { $($text:literal $field:ident: $kind:tt,)* }, $value:expr) => {{
        let mut all = serde_json::Map::new();
        $($crate::value::put(&mut all, stringify!($field), told!(@value $kind, $value.$field));)*
        serde_json::Value::from(all)
    }};
    (@type $types:ident, { $($text:literal $inner:ident: $kind:tt,)* }, $of:ident, $field:ident) => {{
        let mut all: Vec<String> = Vec::new();
        $(
            let of = $crate::record::declare_field(|of: &$of| &of.$field.$inner, $types);
            all.push(format!("{}: {of}", $crate::value::camel(stringify!($inner))));
        )*
        format!("{{ {} }}", all.join("; "))
    }};
    (@type $types:ident, bytes, $of:ident, $field:ident) => { "Hex" };
    (@type $types:ident, plain, $of:ident, $field:ident) => { $crate::record::declare_field(|of: &$of| &of.$field, $types) };
}

/// Returns the type of a field, which a function that takes it out names.
pub(crate) fn declare_field<S, T: crate::value::Tell>(
    _: fn(&S) -> &T,
    types: &mut crate::value::Declarations,
) -> String {
    T::declare(types)
}

/// Implements the bridge for an enum of the program whose variants hold nothing: a word.
macro_rules! chosen {
    ($docs:literal, $name:ident { $($variant:ident: unit {};)* }) => {
        impl $crate::value::Tell for $name {
            fn declare(types: &mut $crate::value::Declarations) -> String {
                const NAME: &str = stringify!($name);
                let words: &[&str] = &[$(concat!("\"", stringify!($variant), "\"")),*];
                let declaration =
                    format!("{}export type {NAME} = {};\n", $crate::value::comment($docs, ""), words.join(" | "));
                if types.begin::<Self>(NAME) {
                    types.end(NAME, declaration);
                }
                NAME.to_owned()
            }

            #[inline(never)]
            fn tell(&self) -> serde_json::Value {
                match self {
                    $(Self::$variant => stringify!($variant).into(),)*
                }
            }
        }

        impl $crate::value::Take for $name {
            #[inline(never)]
            fn take(value: &serde_json::Value) -> Result<Self, String> {
                match value.as_str() {
                    $(Some(stringify!($variant)) => Ok(Self::$variant),)*
                    _ => Err(format!("{value} is none of {}", [$(stringify!($variant)),*].join(", "))),
                }
            }
        }
    };
}

/// Declares a struct of the bridge: it can be told and asked for. A field that is missing is asked for as null.
macro_rules! record {
    ($($(#[doc = $docs:literal])+ $name:ident { $($(#[doc = $text:literal])+ $field:ident: $type:ty,)* })+) => {$(
        $(#[doc = $docs])+
        #[derive(Clone, Debug)]
        pub struct $name {
            $($(#[doc = $text])+ pub $field: $type,)*
        }

        impl $crate::value::Tell for $name {
            fn declare(types: &mut $crate::value::Declarations) -> String {
                const NAME: &str = stringify!($name);
                if types.begin::<Self>(NAME) {
                    #[allow(unused_mut)]
                    let mut fields = String::new();
                    $(
                        let of = <$type as $crate::value::Tell>::declare(types);
                        // What may be null may be left out of a question.
                        let mark = if of.ends_with(" | null") { "?" } else { "" };
                        fields += &$crate::value::comment(concat!($($text, "\n"),+), "  ");
                        fields += &format!("  {}{mark}: {of};\n", $crate::value::camel(stringify!($field)));
                    )*
                    let docs = $crate::value::comment(concat!($($docs, "\n"),+), "");
                    types.end(NAME, format!("{docs}export interface {NAME} {{\n{fields}}}\n"));
                }
                NAME.to_owned()
            }

            #[inline(never)]
            fn tell(&self) -> serde_json::Value {
                #[allow(unused_mut)]
                let mut all = serde_json::Map::new();
                $(
                    $crate::value::put(&mut all, stringify!($field), $crate::value::Tell::tell(&self.$field));
                )*
                all.into()
            }
        }

        impl $crate::value::Take for $name {
            #[allow(unused_variables)]
            #[inline(never)]
            fn take(value: &serde_json::Value) -> Result<Self, String> {
                if !value.is_object() {
                    return Err(format!("{value} is no {}", stringify!($name)));
                }
                Ok(Self {
                    $($field: $crate::value::field(value, stringify!($field))?,)*
                })
            }
        }
    )+};
}

/// Takes what the program's own structs hold by their fields; those behind a semicolon only fill a layout.
macro_rules! taken {
    ($($name:ident { $($field:ident),* $(; $($zero:ident),+)? })+) => {$(
        impl $crate::value::Take for $name {
            #[inline(never)]
            fn take(value: &serde_json::Value) -> Result<Self, String> {
                Ok(Self {
                    $($field: $crate::value::field(value, stringify!($field))?,)*
                    $($($zero: Default::default(),)+)?
                })
            }
        }
    )+};
}
