//! Texts that were written by strangers, on a terminal.

use serde_json::Value;

/// The text without what would move a terminal's cursor, change its colours, or turn the text around: a customer may have
/// put anything into a name. Line ends stay.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars().map(|character| if character != '\n' && deceives(character) { '\u{fffd}' } else { character }).collect()
}

/// A value on one line; nothing for what there is none of.
#[must_use]
pub fn of(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Array(values) => values.iter().map(of).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => fields.iter().map(|(name, value)| format!("{name}: {}", of(value))).collect::<Vec<_>>().join(", "),
    };
    plain(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Control characters, and Unicode's `Bidi_Control`.
fn deceives(character: char) -> bool {
    character.is_control() || matches!(character, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        assert_eq!(plain("a\u{1b}[2Jb\u{9b}c\u{202e}d\ne"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\ne");
        assert_eq!(of(&json!("two\nlines\u{7}")), "two lines\u{fffd}");
    }

    #[test]
    fn a_value_is_one_line() {
        assert_eq!(of(&json!(["sign-in", "checkout"])), "sign-in, checkout");
        assert_eq!((of(&json!(null)), of(&json!(true)), of(&json!(12))), (String::new(), "yes".to_owned(), "12".to_owned()));
        assert_eq!(of(&json!({"EUR": 1200})), "EUR: 1200");
    }
}
