//! Closed lists of words: an enum whose variants are written as words everywhere.

/// A word that is not in its list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is not a {list}: one of {known}")]
pub struct UnknownWord {
    /// The word, shortened.
    pub word: String,
    /// The name of the list.
    pub list: &'static str,
    /// The words there are.
    pub known: String,
}

/// Makes an enum with `ALL`, `word()`, `FromStr`, `Display`, `TryFrom<String>` and serde by word.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word it is written as.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::rules::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    other => Err($crate::rules::UnknownWord {
                        word: other.chars().take(40).collect(),
                        list: stringify!($name),
                        known: [$($word),+].join(", "),
                    }),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::rules::UnknownWord;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for &'static str {
            fn from(value: $name) -> Self {
                value.word()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }
    };
}

/// Makes a closed list of words, each with a sentence in Chinese and in English.
macro_rules! told {
    ($(#[$doc:meta])* $name:ident: $($variant:ident = $word:literal, $zh:literal, $en:literal;)+) => {
        $crate::rules::words::words! {
            $(#[$doc])*
            $name { $(#[doc = $en] $variant = $word,)+ }
        }

        impl $name {
            /// In Chinese.
            #[must_use]
            pub fn zh(self) -> &'static str {
                match self { $(Self::$variant => $zh,)+ }
            }

            /// In English.
            #[must_use]
            pub fn en(self) -> &'static str {
                match self { $(Self::$variant => $en,)+ }
            }
        }
    };
}

pub(crate) use told;
pub(crate) use words;
