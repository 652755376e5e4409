//! The one way to trim, normalise and fold text that people have typed, pasted or exported.
//!
//! What is stored keeps the writer's own script and spelling: [`trim`] takes away only what nobody can see, and [`fold`] makes a
//! key for comparisons that is never stored or shown.

use std::borrow::Cow;

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::{
    CodePointMapData,
    props::{GeneralCategory, GeneralCategoryGroup},
};

/// The text without what cannot be seen at its ends: white space (Unicode `White_Space`), zero-width characters, byte order
/// marks and bidirectional controls, which phones, chat programs and spreadsheets leave around what is copied.
#[must_use]
pub fn trim(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_whitespace() || is_invisible(character))
}

/// Whether a character takes no room and has no meaning at the end of a text. Within one, joiners shape letters (Persian,
/// Hindi), so [`trim`] leaves them there.
#[must_use]
pub const fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
        || is_bidi_control(character)
}

/// Whether a character is an invisible one that changes the direction of text (Unicode `Bidi_Control`).
#[must_use]
pub const fn is_bidi_control(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
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
        ] {
            assert_eq!(trim(text), trimmed, "{text:?}");
        }
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
