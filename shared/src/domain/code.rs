//! The short code of a mail.

use serde::{Deserialize, Serialize};

use super::{
    text::text_newtype,
    unicode::{is_dash, is_invisible, is_punctuation, plain},
};

/// How long a code is and what it is made of. Grows while an address is under attack, in place of any lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeFormat {
    /// 6 digits: one guess in 10^6.
    Digits6,
    /// 8 digits: one guess in 10^8.
    Digits8,
    /// 10 characters of base32: one guess in 10^15.
    Base32,
}

/// Draws a key around the digit before it: U+20E3.
const KEYCAP: char = '\u{20e3}';

/// A code as it was mailed or typed: 6 or 8 ASCII digits, or 10 lower-case base32 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

/// The text has not the shape of any code. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_code_format")]
pub struct CodeError;

impl Code {
    /// Reads a code as a customer types or pastes it: white space, dashes, dots, quotation marks, the keys that digits are drawn on
    /// and invisible characters do not count, nor do case, width and the script of its digits.
    ///
    /// # Errors
    /// [`CodeError`] for another length or alphabet.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let separates = |character| is_dash(character) || is_punctuation(character) || character == KEYCAP;
        let counts = |character: &char| !(character.is_whitespace() || is_invisible(*character) || separates(*character));
        let code = plain(text).chars().filter(counts).collect::<String>().to_ascii_lowercase();
        let digits = matches!(code.len(), 6 | 8) && code.bytes().all(|byte| byte.is_ascii_digit());
        let base32 = code.len() == 10 && code.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
        if digits || base32 { Ok(Self(code)) } else { Err(CodeError) }
    }

    /// Draws a code from 16 keyed bytes. The bias of a 64-bit number modulo 10^8 is under 10^-11.
    #[must_use]
    pub fn from_digest(format: CodeFormat, digest: [u8; 16]) -> Self {
        let number = digest.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        Self(match format {
            CodeFormat::Digits6 => format!("{:06}", number % 1_000_000),
            CodeFormat::Digits8 => format!("{:08}", number % 100_000_000),
            CodeFormat::Base32 => super::base32::encode(&digest).chars().take(10).collect(),
        })
    }
}

text_newtype!(Code, CodeError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_spaced() {
        for typed in [
            "123456",
            "123 456",
            "123-456",
            " 123456 ",
            "123456\n",
            "\t123456\r\n",
            "123\u{a0}456",
            "123\u{202f}456",
            "123\u{3000}456",
            "\u{feff}123\u{200b}456\u{2060}",
            "\u{202a}123456\u{202c}",
            "12\u{ad}3456",
            "123\u{2010}456",
            "123\u{2011}456",
            "123\u{2013}456",
            "123\u{2014}456",
            "123\u{2212}456",
            "１２３４５６",
            "１２３－４５６",
            "１２３ー４５６",
            "١٢٣٤٥٦",
            "۱۲۳۴۵۶",
            "१२३४५६",
            "১২৩৪৫৬",
            "๑๒๓๔๕๖",
            "𝟏𝟐𝟑𝟒𝟓𝟔",
            "1\u{fe0f}\u{20e3}2\u{fe0f}\u{20e3}3\u{fe0f}\u{20e3}4\u{fe0f}\u{20e3}5\u{fe0f}\u{20e3}6\u{fe0f}\u{20e3}",
            "123\u{fe0f}456",
            "123.456",
            "123·456",
            "123・456",
            "123456.",
            "\"123456\"",
            "“123456”",
            "«123 456»",
            "(123456)",
        ] {
            assert_eq!(Code::parse(typed).map(|code| code.as_str().to_owned()), Ok("123456".to_owned()), "{typed:?}");
        }
        for typed in ["ABCDE-FGH27", "abcde–fgh27", "ＡＢＣＤＥ　ＦＧＨ２７"] {
            assert_eq!(Code::parse(typed).unwrap().as_str(), "abcdefgh27", "{typed:?}");
        }
    }

    #[test]
    fn what_no_mail_ever_held_is_refused() {
        for text in ["", "12345", "1234567", "一二三四五六", "12345a", "abcdefgh01", "123+456", "123.45", "\u{200b}12345\u{200b}"] {
            assert_eq!(Code::parse(text), Err(CodeError), "{text:?}");
        }
    }

    #[test]
    fn every_drawn_code_can_be_read_back() {
        for byte in 0..=255_u8 {
            for format in [CodeFormat::Digits6, CodeFormat::Digits8, CodeFormat::Base32] {
                let code = Code::from_digest(format, [byte; 16]);
                assert_eq!(Code::parse(code.as_str()), Ok(code));
            }
        }
    }
}
