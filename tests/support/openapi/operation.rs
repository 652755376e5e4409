//! One operation as it is described: what it takes, and every answer that it can give.

use std::collections::BTreeMap;

use jsonschema::Validator;
use local::template::Route;
use serde_json::{Value, json};

use crate::Answer;

/// An operation as the document tells of it.
pub struct Described {
    /// Its name.
    pub name: String,
    /// What tests ask for it by: with the side, if the name alone is the customer's.
    pub asked_as: String,
    /// Where it is asked for.
    pub route: Route,
    /// What it takes; none if it takes no body.
    pub form: Option<Form>,
    /// What it answers, by status.
    pub answers: BTreeMap<u16, Promised>,
}

/// A body that an operation takes.
pub struct Form {
    /// Whether there must be one.
    pub required: bool,
    /// Which.
    pub content: Content,
}

/// An answer that an operation can give.
pub struct Promised {
    /// By their names in lower case.
    pub headers: BTreeMap<String, Header>,
    /// The body, in each of its forms; none if there is none.
    pub contents: Vec<Content>,
}

/// A header of an answer.
pub struct Header {
    pub(super) required: bool,
    pub(super) is_number: bool,
    pub(super) validator: Validator,
    /// What it may look like.
    pub example: Value,
}

/// A body.
pub struct Content {
    /// Its type.
    pub media_type: String,
    pub(super) validator: Validator,
    /// What it may look like, by name.
    pub examples: BTreeMap<String, Value>,
}

impl Described {
    /// Says nothing if the request was allowed or is refused, and the answer is described.
    ///
    /// # Errors
    /// What of it is not described.
    pub fn refuse(&self, request: &[u8], answer: &Answer) -> Result<(), String> {
        if let (Some(form), 200..=299) = (&self.form, answer.status) {
            form.read(request).map_err(|reason| format!("it took a body that the document forbids: {reason}"))?;
        }
        let promised = self.answers.get(&answer.status).ok_or_else(|| format!("the status {} is not described", answer.status))?;
        promised.read(answer)
    }
}

impl Form {
    /// Says nothing if the body is one that the operation takes.
    ///
    /// # Errors
    /// Why it is not.
    pub fn read(&self, body: &[u8]) -> Result<(), String> {
        let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
        if body.trim_ascii().is_empty() {
            return if self.required { Err("there is none".to_owned()) } else { Ok(()) };
        }
        let body = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        self.content.read(&body)
    }
}

impl Promised {
    fn read(&self, answer: &Answer) -> Result<(), String> {
        let content_type = answer.headers.get("content-type");
        let content = self.contents.iter().find(|content| content_type == Some(&content.media_type));
        match content {
            Some(content) => content.read(&content.body_of(answer))?,
            None if self.contents.is_empty() && content_type.is_none() && answer.raw.is_empty() => {}
            None => {
                let promised: Vec<_> = self.contents.iter().map(|content| &content.media_type).collect();
                return Err(format!("the body should be one of {promised:?}"));
            }
        }
        for (name, value) in answer.headers.iter().filter(|(name, _)| *name != "content-type") {
            let header = self.headers.get(name).ok_or_else(|| format!("the header {name} is not described"))?;
            header.read(value).map_err(|reason| format!("the header {name}: {reason}"))?;
        }
        let missing = self.headers.iter().find(|(name, header)| header.required && !answer.headers.contains_key(*name));
        missing.map_or(Ok(()), |(name, _)| Err(format!("the header {name} is missing")))
    }
}

impl Header {
    /// Says nothing if the header may have this value.
    ///
    /// # Errors
    /// Why it may not.
    pub fn read(&self, value: &str) -> Result<(), String> {
        let number = self.is_number.then(|| value.parse::<u64>().ok()).flatten();
        explain(&self.validator, &number.map_or_else(|| json!(value), |number| json!(number)))
    }
}

impl Content {
    /// A body that is no JSON is a text.
    fn body_of(&self, answer: &Answer) -> Value {
        if self.media_type.ends_with("json") { answer.body.clone() } else { json!(answer.raw) }
    }

    /// Says nothing if this is such a body.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(&self, body: &Value) -> Result<(), String> {
        explain(&self.validator, body)
    }
}

fn explain(validator: &Validator, value: &Value) -> Result<(), String> {
    let complaints: Vec<_> =
        validator.iter_errors(value).map(|error| format!("{} at {:?}", error, error.instance_path().as_str())).collect();
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("; ")) }
}
