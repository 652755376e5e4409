//! The one way to trim, normalise and fold text that people have typed, pasted or exported.
//!
//! What is stored keeps the writer's own script and spelling: [`trim`] takes away only what nobody can see, and [`fold`] makes a
//! key for comparisons that is never stored or shown.

use std::{borrow::Cow, collections::BTreeSet};

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup},
};

/// The text without what cannot be seen at its ends: white space (Unicode `White_Space`), zero-width characters, byte order
/// marks and bidirectional controls, which phones, chat programs and spreadsheets leave around what is copied. A selector stays with
/// the letter or sign before it, whose shape it chooses: `渡邉󠄀`, `❤️`.
#[must_use]
pub fn trim(text: &str) -> &str {
    let is_unseen = |character: char| character.is_whitespace() || is_invisible(character);
    let text = text.trim_start_matches(is_unseen);
    let (visible, rest) = text.split_at(text.trim_end_matches(is_unseen).len());
    let unshaped = rest.trim_start_matches(is_selector);
    text.get(..visible.len() + rest.len() - unshaped.len()).unwrap_or(visible)
}

/// Whether a character cannot be seen and has no meaning at the end of a text: what Unicode has programs ignore that do not know
/// it (`Default_Ignorable_Code_Point`), the marks around annotations, and a pattern of Braille without a dot. Fillers that are
/// letters to Unicode and blanks to the eye are among them. Within a text, joiners shape letters (Persian, Hindi), so [`trim`]
/// leaves them there.
#[must_use]
pub fn is_invisible(character: char) -> bool {
    is_ignorable(character) || matches!(character, '\u{2800}' | '\u{fff9}'..='\u{fffb}')
}

fn is_ignorable(character: char) -> bool {
    !character.is_ascii() && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

/// Whether a character chooses the shape of the one before it: variation selectors, also those of Mongolian, and the tags that
/// make a flag that of a region.
const fn is_selector(character: char) -> bool {
    matches!(
        character,
        '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}'
    )
}

/// The text without the characters of no width that are hidden in it. Joiners stay behind a letter that is not ASCII, for they may
/// shape it and are a part of its spelling (RFC 5892, appendices A.1 and A.2), and so do what turns around the order of a text and
/// blanks of some width.
#[must_use]
pub fn unhidden(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        let stays = match character {
            '\u{200c}' | '\u{200d}' => shown.chars().next_back().is_some_and(|before| !before.is_ascii()),
            '\u{202d}' | '\u{202e}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => true,
            _ => !is_ignorable(character),
        };
        if stays {
            shown.push(character);
        }
    }
    shown
}

/// The ASCII character of a full-width one.
#[must_use]
pub fn half_width(character: char) -> Option<char> {
    let is_full_width = matches!(character, '\u{ff01}'..='\u{ff5e}');
    if is_full_width { char::from_u32(u32::from(character) - 0xfee0) } else { None }
}

/// An e-mail address, or a part of one, as it is typed with a Japanese or Chinese keyboard or copied from a page, in the
/// characters that it is meant in: [`unhidden`], full-width characters as ASCII, and each dot that separates the labels of a
/// domain as an ASCII one (RFC 3490, section 3.1). What only looks like an ASCII character stays what it is.
#[must_use]
pub fn typed_address(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let plain = |character| match character {
        '\u{3002}' | '\u{ff61}' => '.',
        _ => half_width(character).unwrap_or(character),
    };
    Cow::Owned(unhidden(text).chars().map(plain).collect())
}

/// The text as a single line, with a blank (U+0020) for each tab and line break: what is copied from a table or a page has them.
#[must_use]
pub fn single_line(text: &str) -> String {
    let is_break = |character: char| is_blank_control(character) || matches!(character, '\u{2028}' | '\u{2029}');
    text.replace("\r\n", " ").chars().map(|character| if is_break(character) { ' ' } else { character }).collect()
}

/// Whether a control character is white space: a tab, or a line break of some kind.
#[must_use]
pub fn is_blank_control(character: char) -> bool {
    character.is_control() && character.is_whitespace()
}

/// Whether a character is an invisible one that changes the direction of text (Unicode `Bidi_Control`).
#[must_use]
pub const fn is_bidi_control(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text trimmed, with the bidirectional controls that a text in Hebrew or Arabic needs and no others, so that no part of it is
/// shown in another order than it is written in.
///
/// Marks (U+200E, U+200F, U+061C) stay, and so do embeddings and isolates that end within their line. Those that are not paired
/// are removed: they would turn around what follows the text. So is an override (U+202D, U+202E) with its end: it makes letters of
/// one script read backwards, which only deceives.
#[must_use]
pub fn settled(text: &str) -> String {
    let text = trim(text);
    let (mut open, mut paired) = (Vec::<(usize, Pair)>::new(), BTreeSet::new());
    for (at, character) in text.char_indices() {
        match character {
            '\u{202a}' | '\u{202b}' => open.push((at, Pair::Embedding)),
            '\u{202d}' | '\u{202e}' => open.push((at, Pair::Override)),
            '\u{2066}'..='\u{2068}' => open.push((at, Pair::Isolate)),
            // It ends an embedding or an override of its own isolate only (UAX 9, X7).
            '\u{202c}' => {
                if let Some((from, Pair::Embedding)) = open.pop_if(|(_, pair)| *pair != Pair::Isolate) {
                    paired.extend([from, at]);
                }
            }
            // It ends the embeddings and overrides within its isolate, too (UAX 9, X6a).
            '\u{2069}' => {
                if let Some(isolate) = open.iter().rposition(|(_, pair)| *pair == Pair::Isolate) {
                    open.truncate(isolate + 1);
                    paired.extend(open.pop().into_iter().flat_map(|(from, _)| [from, at]));
                }
            }
            '\n' => open.clear(),
            _ => {}
        }
    }
    let stays = |(at, character): &(usize, char)| !is_paired_control(*character) || paired.contains(at);
    text.char_indices().filter(stays).map(|(_, character)| character).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pair {
    Embedding,
    Override,
    Isolate,
}

const fn is_paired_control(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text as a reader and a mail program take it: [`plain`], with every dot that separates the labels of a domain as an ASCII
/// one (RFC 3490, section 3.1), and without characters that cannot be seen anywhere in it.
#[must_use]
pub fn seen(text: &str) -> String {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    // An ellipsis is no three dots of a domain.
    let plain = plain(&text.replace('\u{2026}', " "));
    let visible = plain.chars().filter(|character| !ignorable.contains(*character) && !is_invisible(*character));
    visible.map(|character| if matches!(character, '\u{3002}' | '\u{ff61}') { '.' } else { character }).collect()
}

/// Whether a character is a dash of some kind, or is typed for one: a hyphen, a minus sign, a Japanese sign for long vowels.
#[must_use]
pub fn is_dash(character: char) -> bool {
    matches!(character, '\u{2043}' | '\u{2212}' | '\u{2d7}' | '\u{30fc}' | '\u{ff70}')
        || CodePointMapData::<GeneralCategory>::new().get(character) == GeneralCategory::DashPunctuation
}

/// Whether a character is punctuation of some kind: a dot, a quotation mark, a bracket.
#[must_use]
pub fn is_punctuation(character: char) -> bool {
    GeneralCategoryGroup::Punctuation.contains(CodePointMapData::<GeneralCategory>::new().get(character))
}

/// The words of a text with a single space between them.
#[must_use]
pub fn single_spaced(text: &str) -> String {
    trim(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text in Unicode normalisation form C, in which equal letters have equal bytes whichever keyboard they come from.
#[must_use]
pub fn nfc(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// The text with full-width and other compatibility forms replaced by plain ones (NFKC), and with the decimal digits of every
/// script replaced by ASCII digits: what an ASCII pattern is applied to.
#[must_use]
pub fn plain(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfkc().normalize(text).chars().map(|character| digit(character).unwrap_or(character)).collect()
}

/// A key under which spellings of one name are equal: without regard to width, script of digits, case, diacritics, punctuation
/// and spaces. `São Paulo`, `sao paulo` and `SAO-PAULO` have one key. Empty for a text without a letter or digit.
#[must_use]
pub fn fold(text: &str) -> String {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    let lower = decomposed.chars().flat_map(char::to_lowercase);
    let mut key = String::with_capacity(text.len());
    for character in lower {
        match undecomposed(character) {
            Some(letters) => key.push_str(letters),
            None if GeneralCategoryGroup::Letter.contains(categories.get(character)) => key.push(character),
            None if GeneralCategoryGroup::Number.contains(categories.get(character)) => key.push(digit(character).unwrap_or(character)),
            None => {}
        }
    }
    key
}

/// The ASCII digit of a decimal digit in any script.
///
/// The decimal digits of a script are ten code points in a row, from zero to nine (Unicode Standard, §4.6), so a digit's value is
/// its distance from the beginning of the run, modulo ten where runs touch.
#[must_use]
pub fn digit(character: char) -> Option<char> {
    if character.is_ascii() {
        return character.is_ascii_digit().then_some(character);
    }
    let is_digit = |code| CodePointMapData::<GeneralCategory>::new().get32(code) == GeneralCategory::DecimalNumber;
    let code = u32::from(character);
    if !is_digit(code) {
        return None;
    }
    let before = (0..code).rev().take_while(|code| is_digit(*code)).count();
    u32::try_from(before % 10).ok().and_then(|value| char::from_digit(value, 10))
}

/// The plain letters of those that Unicode does not decompose, as the Default Unicode Collation Element Table (UTS 10) sorts
/// them at its first level, but for the digraphs, which are written out as passports do (ICAO 9303-3, section 6).
const fn undecomposed(lower: char) -> Option<&'static str> {
    Some(match lower {
        'ı' => "i",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ł' => "l",
        'ŧ' => "t",
        'þ' => "th",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_be_seen_is_trimmed_and_only_at_the_ends() {
        for (text, trimmed) in [
            (" Ada\n", "Ada"),
            ("\u{feff}Ada\u{a0}", "Ada"),
            ("\u{200f}משה כהן", "משה כהן"),
            ("\u{202d}12 High St\u{202c}", "12 High St"),
            ("\u{3000}東京都　千代田区", "東京都　千代田区"),
            ("می‌خواهم\u{200c}", "می‌خواهم"),
            ("\u{0}Ada", "\u{0}Ada"),
            (" \u{200b}\u{2060} ", ""),
            ("\u{3164}\u{2800}\u{115f}", ""),
            ("\u{fe0f}", ""),
            ("\u{2065}\u{180b}\u{17b4}\u{e0020}\u{fff9}\u{1d173}", ""),
            ("\u{fe0f}Ada \u{fe0f}", "Ada"),
            ("Ada \u{2764}\u{fe0f}\u{200b}", "Ada \u{2764}\u{fe0f}"),
            ("渡邉\u{e0100}\n", "渡邉\u{e0100}"),
        ] {
            assert_eq!(trim(text), trimmed, "{text:?}");
        }
    }

    #[test]
    fn bidirectional_controls_stay_where_a_script_needs_them_and_turn_nothing_around() {
        for (text, settled_text) in [
            ("\u{200f}משה כהן", "משה כהן"),
            ("משה \u{200e}(Moshe)\u{200e} כהן", "משה \u{200e}(Moshe)\u{200e} כהן"),
            ("שלום \u{2066}Ada\u{2069} כהן", "שלום \u{2066}Ada\u{2069} כהן"),
            ("a\u{202e}b", "ab"),
            ("a\u{202d}b\u{202c}c", "abc"),
            ("א \u{202b}ב \u{202e}ג\u{202c} ד\u{202c} ה", "א \u{202b}ב ג ד\u{202c} ה"),
            ("א \u{2067}ב \u{202d}ג\u{2069} ד", "א \u{2067}ב ג\u{2069} ד"),
            ("רחוב \u{202a}12 High St\u{202c}, תל אביב", "רחוב \u{202a}12 High St\u{202c}, תל אביב"),
            ("\u{2067}משה\u{2069} כהן", "משה כהן"),
            ("\u{202d}12 High St\u{202c}, London", "12 High St, London"),
            ("a \u{2067}b", "a b"),
            ("a \u{2067}b \u{202a}c\u{2069} d\u{202c}e", "a \u{2067}b c\u{2069} de"),
            ("a \u{202a}b \u{2067}c\u{202c} d", "a b c d"),
            ("a \u{2067}b\nc\u{2069} d", "a b\nc d"),
        ] {
            assert_eq!(settled(text), settled_text, "{text:?}");
        }
    }

    #[test]
    fn a_text_is_seen_without_width_and_without_what_is_hidden_in_it() {
        for (text, shown) in [
            ("evil。com", "evil.com"),
            ("evil｡com", "evil.com"),
            ("ｅｖｉｌ．ｃｏｍ", "evil.com"),
            ("evil\u{200b}.\u{2060}com", "evil.com"),
            ("ev\u{ad}il.c\u{fe0f}om", "evil.com"),
            ("more…Later", "more Later"),
            ("١٩٢.٠.٢.١", "192.0.2.1"),
        ] {
            assert_eq!(seen(text), shown, "{text:?}");
        }
    }

    #[test]
    fn an_address_is_typed_with_any_width_and_nothing_that_only_looks_like_it() {
        for (typed, meant) in [
            ("ada＠example.com", "ada@example.com"),
            ("ａｄａ＋Ｓｈｏｐ@ｅｘａｍｐｌｅ．com", "ada+Shop@example.com"),
            ("ada@example。co｡jp", "ada@example.co.jp"),
            ("a\u{200b}d\u{ad}a\u{feff}@ex\u{200d}ample.com", "ada@example.com"),
            ("\u{2068}ada\u{2069}@example.com", "ada@example.com"),
            ("نامه\u{200c}ای.example", "نامه\u{200c}ای.example"),
            ("ada@\u{202e}moc.elpmaxe", "ada@\u{202e}moc.elpmaxe"),
            ("аda@\u{212a}elvin.example", "аda@\u{212a}elvin.example"),
            ("a\u{3164}da@example.com", "a\u{3164}da@example.com"),
        ] {
            assert_eq!(typed_address(typed), meant, "{typed:?}");
        }
    }

    #[test]
    fn every_dash_is_one() {
        for dash in "-\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2212}\u{ff0d}\u{fe58}\u{fe63}\u{301c}\u{30fc}\u{58a}".chars() {
            assert!(is_dash(dash), "{dash:?}");
        }
        assert!(!['_', '.', '/', '一', '0'].into_iter().any(is_dash));
    }

    #[test]
    fn spellings_of_one_name_have_one_key() {
        for (spellings, key) in [
            (&["São Paulo", "sao paulo", "SAO-PAULO", "Sa\u{303}o  Paulo"][..], "saopaulo"),
            (&["İstanbul", "Istanbul", "ıstanbul", "istanbul"], "istanbul"),
            (&["Nuevo León", "nuevo leon", "ＮＵＥＶＯ　ＬＥＯＮ"], "nuevoleon"),
            (&["Łódź", "lodz"], "lodz"),
            (&["Weißenburg", "WEISSENBURG"], "weissenburg"),
            (&["Co. Dublin", "co dublin"], "codublin"),
            (&["Tōkyō", "tokyo"], "tokyo"),
            (&["٤٢", "４２", "42"], "42"),
            (&["", "-", " \u{301}"], ""),
        ] {
            for spelling in spellings {
                assert_eq!(fold(spelling), key, "{spelling:?}");
            }
        }
    }

    #[test]
    fn digits_of_every_script_and_width_become_ascii() {
        for (typed, ascii) in
            [("１００－０００１", "100-0001"), ("٠١٢٣٤٥٦٧٨٩", "0123456789"), ("०१२३४५६७८९", "0123456789"), ("𝟏𝟗𝟶𝟿", "1909"), ("ⅣⅤ", "IVV")]
        {
            assert_eq!(plain(typed), ascii, "{typed}");
        }
    }

    #[test]
    fn composed_and_decomposed_letters_have_equal_bytes() {
        assert_eq!(nfc("gro\u{308}ße"), "größe");
    }
}
