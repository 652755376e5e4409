//! Numbers without a fraction, however they are written.
//!
//! To JSON Schema, and so to `openapi.yaml`, `4990.0` and `1e3` are integers (JSON Schema 2020-12, §6.1.1 of its validation part).
//! Programs write them: a language with one type of number does, and so does a spreadsheet. serde takes digits alone, and an
//! `f64` in between would round what is large. So the text of such a number is replaced by its digits before anything is read.

use std::borrow::Cow;

/// As many digits as the largest integer of 64 bits: what has more is none that any field takes.
const DIGITS_AT_MOST: usize = 20;

/// The same JSON with each integer written in digits alone. What is no JSON stays none.
pub(super) fn plain(json: &[u8]) -> Cow<'_, [u8]> {
    let mut written = Vec::new();
    let (mut copied, mut rest) = (json, json);
    while let Some(first) = rest.first() {
        let length = match first {
            b'"' => string_length(rest),
            b'-' | b'0'..=b'9' => rest.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')).count(),
            _ => 1,
        };
        let (token, after) = rest.split_at(length);
        if let Some(digits) = integer(token) {
            let before = copied.len() - rest.len();
            written.extend_from_slice(copied.split_at(before).0);
            written.extend_from_slice(digits.as_bytes());
            copied = after;
        }
        rest = after;
    }
    if copied.len() == json.len() {
        return Cow::Borrowed(json);
    }
    written.extend_from_slice(copied);
    Cow::Owned(written)
}

/// How long the string is that begins here, with its quotes; up to the end, if it has none.
fn string_length(json: &[u8]) -> usize {
    let mut escaped = false;
    let closing = json.iter().skip(1).position(|byte| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    });
    closing.map_or(json.len(), |position| position + 2)
}

/// The digits of a number (RFC 8259 §6) that has a fraction or an exponent and is an integer all the same.
fn integer(token: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(token).ok()?;
    let (sign, number) = text.strip_prefix('-').map_or(("", text), |number| ("-", number));
    let (mantissa, exponent) = number.split_once(['e', 'E']).map_or((number, None), |(mantissa, exponent)| (mantissa, Some(exponent)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(whole, fraction)| (whole, Some(fraction)));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || (whole.len() > 1 && whole.starts_with('0')) || fraction.is_some_and(|fraction| !is_digits(fraction)) {
        return None;
    }
    if fraction.is_none() && exponent.is_none() && !(sign == "-" && whole == "0") {
        return None;
    }
    let exponent = match exponent.map(|exponent| (exponent, exponent.strip_prefix(['+', '-']).unwrap_or(exponent))) {
        None => 0,
        Some((exponent, unsigned)) if is_digits(unsigned) => exponent.parse::<i32>().ok()?,
        Some(_) => return None,
    };
    let fraction = fraction.unwrap_or_default();
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some("0".to_owned());
    }
    // How far the point is behind the last digit, or before it.
    let shift = i64::from(exponent) - i64::try_from(fraction.len()).ok()?;
    let magnitude = usize::try_from(shift.unsigned_abs()).ok()?;
    let digits = if shift < 0 {
        let (kept, cut) = digits.split_at(digits.len().checked_sub(magnitude)?);
        cut.bytes().all(|byte| byte == b'0').then(|| kept.to_owned())?
    } else if digits.len() + magnitude <= DIGITS_AT_MOST {
        format!("{digits}{}", "0".repeat(magnitude))
    } else {
        return None;
    };
    (digits.len() <= DIGITS_AT_MOST && !digits.is_empty()).then(|| format!("{sign}{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_is_written_in_digits_without_rounding() {
        for (number, digits) in [
            ("4990.0", "4990"),
            ("4990.000", "4990"),
            ("1e3", "1000"),
            ("1E+3", "1000"),
            ("4.99e3", "4990"),
            ("499000e-2", "4990"),
            ("0.0", "0"),
            ("0e9", "0"),
            ("-0.0", "0"),
            ("-0", "0"),
            ("-4.0", "-4"),
            ("10.0", "10"),
            ("0.1e1", "1"),
            ("9007199254740993.0", "9007199254740993"),
            ("18446744073709551615.0", "18446744073709551615"),
            ("9007199254740993e0", "9007199254740993"),
        ] {
            assert_eq!(plain(number.as_bytes()), digits.as_bytes(), "{number}");
        }
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for json in [
            "0",
            "4990",
            "-4",
            "4990.5",
            "1e-1",
            "0.1",
            "1e400",
            "1e99999999999",
            "1e-400",
            "100000000000000000000.0",
            "01.0",
            "1.",
            ".0",
            "1.0e",
            "1.0.0",
            "1e3e3",
            "--1.0",
            "true",
            "\"4990.0\"",
            "\"a\\\"1.0\"",
            "\"1.0",
            "\"\\\\\"",
            "",
        ] {
            assert_eq!(plain(json.as_bytes()), json.as_bytes(), "{json}");
        }
    }

    #[test]
    fn only_numbers_are_replaced_within_a_body() {
        let body = r#"{"a 1.0":"b\"2.0","total":4990.0,"list":[1e1,-0.0,1.5],"deep":{"n":2.0}}"#;
        let read = r#"{"a 1.0":"b\"2.0","total":4990,"list":[10,0,1.5],"deep":{"n":2}}"#;
        assert_eq!(plain(body.as_bytes()), read.as_bytes());
    }
}
