//! A refusal as the API tells it: a problem document (RFC 9457), or API Gateway's own `{"message": "…"}`.

use std::fmt;

use serde_json::Value;

use crate::output::sheet;

/// What an API says instead of an answer.
#[derive(Debug)]
pub struct Problem {
    status: u16,
    text: String,
    /// The document; null if the text is none.
    document: Value,
}

/// What [`Problem`] tells in words of its own; the rest is told as it stands.
const TOLD: [&str; 6] = ["type", "title", "status", "code", "detail", "errors"];

impl Problem {
    /// Reads what came with this status.
    #[must_use]
    pub fn read(status: u16, text: String) -> Self {
        let document = serde_json::from_str(&text).unwrap_or_default();
        Self { status, text, document }
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The stable word for programs; empty if there is none.
    #[must_use]
    pub fn code(&self) -> &str {
        self.text("code")
    }

    /// The document, on one line; something alike if none came.
    #[must_use]
    pub fn as_it_came(&self) -> String {
        if self.document.is_object() {
            return self.text.trim().replace(['\n', '\r'], " ");
        }
        serde_json::json!({"status": self.status}).to_string()
    }

    fn text(&self, name: &str) -> &str {
        self.document.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// What usually helps.
    fn advice(&self) -> &'static str {
        match (self.status, self.code()) {
            (401, _) => "\nThe key may be mistyped, revoked, or one of another store.",
            (404, "unknown_store") => "\nCheck VESTIBULE_STORE or --store.",
            (404, "") => "\nThere is no such operation at this URL. Check VESTIBULE_URL or --url, and the API's version.",
            _ => "",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = ["detail", "title", "message"].map(|name| self.text(name)).into_iter().find(|text| !text.is_empty());
        write!(formatter, "{} ({}", said.unwrap_or("No reason was given."), self.status)?;
        if !self.code().is_empty() {
            write!(formatter, " {}", self.code())?;
        }
        write!(formatter, ")")?;
        for error in self.document.get("errors").and_then(Value::as_array).into_iter().flatten() {
            let part = |name| error.get(name).and_then(Value::as_str).unwrap_or_default();
            let line = error.get("line").and_then(Value::as_u64).map(|line| format!("line {line}"));
            // The API does not repeat names of fields that it does not know.
            let place: Vec<_> = [part("field"), line.as_deref().unwrap_or_default()].into_iter().filter(|part| !part.is_empty()).collect();
            let colon = if place.is_empty() { "" } else { ": " };
            write!(formatter, "\n  {}{colon}{}", place.join(", "), part("code"))?;
            if !part("detail").is_empty() {
                write!(formatter, " ({})", part("detail"))?;
            }
        }
        let more = self.document.as_object().into_iter().flatten().filter(|(name, _)| !TOLD.contains(&name.as_str()) && *name != "message");
        let more: serde_json::Map<_, _> = more.map(|(name, value)| (name.clone(), value.clone())).collect();
        if !more.is_empty() {
            let more = sheet(&Value::Object(more).to_string()).unwrap_or_default();
            write!(formatter, "\n{}", more.trim_end())?;
        }
        write!(formatter, "{}", self.advice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_is_refused_is_named_with_its_reason() {
        let text = r#"{"type":"about:blank","title":"Unprocessable Entity","status":422,"code":"invalid_field","detail":"Not so.",
            "errors":[{"field":"label","code":"too_long"},{"field":"","code":"unknown_field"},
                {"field":"draft.body","code":"unknown_variable","line":4,"detail":"nmae"}]}"#;
        let told = "Not so. (422 invalid_field)\n  label: too_long\n  unknown_field\n  draft.body, line 4: unknown_variable (nmae)";
        assert_eq!(Problem::read(422, text.to_owned()).to_string(), told);
    }

    #[test]
    fn what_else_a_refusal_holds_is_told_too() {
        let text = r#"{"title":"Conflict","status":409,"code":"held","detail":"It is held.","holds":[{"kind":"dispute"}]}"#;
        assert_eq!(Problem::read(409, text.to_owned()).to_string(), "It is held. (409 held)\nholds\n  kind\n  dispute");
    }

    #[test]
    fn what_is_no_problem_document_is_told_by_its_status() {
        assert_eq!(Problem::read(502, "<html>".to_owned()).to_string(), "No reason was given. (502)");
        assert_eq!(Problem::read(502, "<html>".to_owned()).as_it_came(), r#"{"status":502}"#);
        assert!(Problem::read(404, r#"{"message":"Not Found"}"#.to_owned()).to_string().starts_with("Not Found (404)\nThere is no such"));
    }
}
