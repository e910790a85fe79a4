//! Words that were given up for others, so that one thing has one word everywhere.

use std::ops::Range;

use proc_macro2::{TokenStream, TokenTree};

use crate::fault::Fault;
use crate::workspace::Workspace;

/// A word that is no longer used.
pub struct Retired {
    /// In small letters, one part of an identifier: `errand` is found in `ErrandKind`, `errands`
    /// and `AN_ERRAND`, and not in `errandless`.
    pub word: &'static str,
    /// What is written instead.
    pub instead: &'static str,
    pub within: Within,
}

/// Where a word may not be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Within {
    /// In names of types, variants and modules, which say what a thing is. A function or a variable that has it says
    /// what happens, as a sentence does.
    Types,
    /// In identifiers. In a sentence it may have its usual meaning.
    Identifiers,
    /// In identifiers and comments. What is in quotes is for users and other programs, and never looked at.
    Everywhere,
}

/// The list of retired words has all of them, and the tests below have some.
const ABOUT_THEM: [&str; 2] = ["tests/house/allowed.rs", "tests/house/words.rs"];

/// Where retired words are used.
pub fn faults(workspace: &Workspace, retired: &[Retired]) -> Vec<Fault> {
    let sources = workspace.sources();
    sources
        .filter(|(path, _)| !ABOUT_THEM.contains(path))
        .flat_map(|(path, text)| within(path, text, retired))
        .collect()
}

fn within(path: &str, text: &str, retired: &[Retired]) -> Vec<Fault> {
    let mut code = Code::default();
    code.read(
        text.parse()
            .unwrap_or_else(|error| panic!("{path}: {error}")),
    );
    let mut faults = Vec::new();
    for word in words(text) {
        if code.is_quoted(word.start) {
            continue;
        }
        let is_identifier = code.is_identifier(word.start);
        let names_a_type = is_identifier && is_type_or_module(text, &word);
        let found = retired.iter().find(|retired| {
            let looked_at = match retired.within {
                Within::Types => names_a_type,
                Within::Identifiers => is_identifier,
                Within::Everywhere => true,
            };
            looked_at && parts(&text[word.clone()]).any(|part| is_form_of(&part, retired.word))
        });
        if let Some(Retired {
            word: old, instead, ..
        }) = found
        {
            faults.push(Fault {
                file: path.to_owned(),
                line: 1 + text[..word.start].matches('\n').count(),
                what: format!("`{}` has the retired word `{old}`", &text[word]),
                way_out: format!("write {instead}"),
            });
        }
    }
    faults
}

/// Where in a text identifiers and quotes are, in order. All else is comments, documentation and punctuation.
#[derive(Default)]
struct Code {
    identifiers: Vec<usize>,
    quotes: Vec<Range<usize>>,
}

impl Code {
    fn read(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => {
                    // Documentation is told as an attribute, whose parts all have its whole place.
                    self.read(group.stream());
                }
                TokenTree::Ident(ident) => {
                    if !is_documentation(&ident.span()) {
                        self.identifiers.push(ident.span().byte_range().start);
                    }
                }
                TokenTree::Literal(literal) => {
                    if !is_documentation(&literal.span()) {
                        self.quotes.push(literal.span().byte_range());
                    }
                }
                TokenTree::Punct(_) => {}
            }
        }
    }

    fn is_identifier(&self, at: usize) -> bool {
        self.identifiers.binary_search(&at).is_ok()
    }

    fn is_quoted(&self, at: usize) -> bool {
        let before = self.quotes.partition_point(|quote| quote.start <= at);
        before > 0 && self.quotes[before - 1].contains(&at)
    }
}

fn is_documentation(place: &proc_macro2::Span) -> bool {
    place
        .source_text()
        .is_some_and(|text| text.starts_with("//") || text.starts_with("/*"))
}

/// Types and variants are written in camel case, as the compiler sees to; a module is told by what stands before it.
fn is_type_or_module(text: &str, word: &Range<usize>) -> bool {
    let name = &text[word.clone()];
    let camel_case = name.starts_with(char::is_uppercase) && name.chars().any(char::is_lowercase);
    camel_case || text[..word.start].ends_with("mod ")
}

/// Each run of letters, digits and underscores.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let of_word = |char: char| char.is_alphanumeric() || char == '_';
        let start = rest + text[rest..].find(of_word)?;
        let length = text[start..].find(|char| !of_word(char));
        rest = length.map_or(text.len(), |length| start + length);
        Some(start..rest)
    })
}

/// `ErrandKind`, `errand_kind` and `ERRAND_KIND` as `errand` and `kind`.
fn parts(word: &str) -> impl Iterator<Item = String> {
    word.split('_').flat_map(|part| {
        let shouted = !part.chars().any(char::is_lowercase);
        let mut parts = vec![String::new()];
        for char in part.chars() {
            if char.is_uppercase() && !shouted {
                parts.push(String::new());
            }
            if let Some(last) = parts.last_mut() {
                last.extend(char.to_lowercase());
            }
        }
        parts
    })
}

/// Whether it is the word itself, or several of it.
fn is_form_of(part: &str, word: &str) -> bool {
    part.strip_prefix(word)
        .is_some_and(|end| ["", "s", "es"].contains(&end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ERRAND: Retired = Retired {
        word: "errand",
        instead: "IssuedEffect",
        within: Within::Everywhere,
    };
    const PICTURE: Retired = Retired {
        word: "picture",
        instead: "derive",
        within: Within::Identifiers,
    };

    const TOLD: Retired = Retired {
        word: "told",
        instead: "Answer",
        within: Within::Types,
    };

    fn found(text: &str) -> Vec<usize> {
        let faults = within("a.rs", text, &[ERRAND, PICTURE, TOLD]);
        faults.iter().map(|fault| fault.line).collect()
    }

    #[test]
    fn whole_parts_of_identifiers_are_found() {
        for text in [
            "struct ErrandKind;",
            "fn an_errand() {}",
            "const ERRANDS: u8 = 0;",
            "m!(the_errand)",
            "use a::errand;",
        ] {
            assert_eq!(found(text), [1], "{text}");
        }
        for text in [
            "struct Errandless;",
            "fn err_and() {}",
            "struct PreErrandX1;",
        ] {
            assert_eq!(
                found(text).len(),
                usize::from(text.contains("PreErrand")),
                "{text}"
            );
        }
    }

    #[test]
    fn comments_and_documentation_are_looked_at() {
        assert_eq!(
            found("//! An errand.\n\n/// Errands.\nfn f() {} // errand\n/* errand */"),
            [1, 3, 4, 5]
        );
    }

    #[test]
    fn what_is_in_quotes_is_not() {
        assert_eq!(
            found("const A: &str = \"an errand // picture\";\nconst B: &str = r#\"errand\"#;"),
            [0; 0]
        );
        assert_eq!(
            found("const A: &str = \"ä, ü\"; struct Errand;\n// ö\nstruct Picture;"),
            [1, 3]
        );
    }

    #[test]
    fn a_word_with_a_usual_meaning_may_stand_in_a_sentence() {
        assert_eq!(
            found("/// In the picture.\nfn f() {} // A picture.\n\nmod picture;"),
            [4]
        );
    }

    #[test]
    fn what_says_what_happens_may_have_a_word_that_no_type_may() {
        for text in [
            "struct Told;",
            "enum A { NotTold(u8) }",
            "mod told;",
            "pub mod told {}",
        ] {
            assert_eq!(found(text), [1], "{text}");
        }
        for text in [
            "fn it_is_told(told: u8) {}",
            "/// Told of.\nconst TOLD: u8 = 0;",
        ] {
            assert_eq!(found(text), [0; 0], "{text}");
        }
    }

    #[test]
    fn it_is_told_where_and_what_to_write() {
        let fault = &within("a.rs", "\nstruct Errand;", &[ERRAND])[0];
        assert_eq!(
            fault.to_string(),
            "a.rs:2: `Errand` has the retired word `errand`\n    write IssuedEffect"
        );
    }
}
