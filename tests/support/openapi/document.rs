//! The document, read and compiled.

use std::{collections::BTreeMap, fs, path::Path};

use jsonschema::{Draft, Validator};
use local::{event::path_parameters, template::Route};
use serde_json::{Map, Value, json};

use super::operation::{Content, Described, Form, Header, Promised};
use crate::Failure;

/// The methods that a path may have; what else stands there is not an operation.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The whole document.
pub struct Document {
    /// As it stands in the file.
    pub source: Value,
    /// Every operation.
    pub operations: Vec<Described>,
}

impl Document {
    /// Reads the document of this repository.
    ///
    /// # Errors
    /// If it is not there, is no YAML, or has a schema that is none.
    pub fn read() -> Result<Self, Failure> {
        let yaml = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi.yaml"))?;
        let source: Value = serde_saphyr::from_str(&yaml)?;
        let reading = Reading { source: &source };
        let paths = source.get("paths").and_then(Value::as_object).ok_or("no paths")?;
        let mut operations = Vec::new();
        for (path, item) in paths {
            for method in METHODS {
                if let Some(operation) = item.get(method) {
                    operations.push(reading.operation(Route { method: method.to_uppercase(), path: path.clone() }, operation)?);
                }
            }
        }
        Ok(Self { source, operations })
    }

    /// The operation that answers this request, if one does.
    #[must_use]
    pub fn operation(&self, method: &str, path: &str) -> Option<&Described> {
        self.operations.iter().find(|operation| operation.route.method == method && path_parameters(&operation.route, path).is_some())
    }
}

/// A document that is being read: what its references lead to, and its schemas as validators.
struct Reading<'a> {
    source: &'a Value,
}

impl<'a> Reading<'a> {
    fn operation(&self, route: Route, operation: &'a Value) -> Result<Described, Failure> {
        let id = operation.get("operationId").and_then(Value::as_str).ok_or("an operation without a name")?;
        // Two operations cannot have one name: of the sides of one, the merchant's says so.
        let (name, asked_as) =
            id.strip_prefix("admin-").map_or_else(|| (id.to_owned(), id.to_owned()), |name| (name.to_owned(), format!("admin/{name}")));
        let form = match operation.get("requestBody") {
            Some(body) => {
                let required = body.get("required") == Some(&Value::Bool(true));
                // Whatever else a body may be announced as, it is the same JSON.
                let content = self.contents(body)?.into_iter().find(|content| content.media_type == "application/json");
                Some(Form { required, content: content.ok_or("a request body without JSON")? })
            }
            None => None,
        };
        let mut answers = BTreeMap::new();
        for (status, answer) in members(operation, "responses") {
            let answer = self.resolve(answer)?;
            let mut headers = BTreeMap::new();
            for (name, header) in members(answer, "headers") {
                let header = self.resolve(header)?;
                let schema = header.get("schema").ok_or("a header without a schema")?;
                headers.insert(
                    name.to_ascii_lowercase(),
                    Header {
                        required: header.get("required") == Some(&Value::Bool(true)),
                        is_number: schema.get("type") == Some(&json!("integer")),
                        validator: self.validator(schema)?,
                        example: header.get("example").cloned().ok_or("a header without an example")?,
                    },
                );
            }
            answers.insert(status.parse()?, Promised { headers, contents: self.contents(answer)? });
        }
        Ok(Described { name, asked_as, route, form, answers })
    }

    fn contents(&self, described: &'a Value) -> Result<Vec<Content>, Failure> {
        members(described, "content").map(|(media_type, content)| self.content(media_type, content)).collect()
    }

    fn content(&self, media_type: &str, content: &'a Value) -> Result<Content, Failure> {
        let mut examples = BTreeMap::new();
        for (name, example) in members(content, "examples") {
            let value = self.resolve(example)?.get("value").ok_or("an example without a value")?;
            examples.insert(name.clone(), value.clone());
        }
        let schema = content.get("schema").ok_or("a content without a schema")?;
        Ok(Content { media_type: media_type.to_owned(), validator: self.validator(schema)?, examples })
    }

    /// The components come along, so that the references of the schema lead somewhere.
    fn validator(&self, schema: &Value) -> Result<Validator, Failure> {
        let mut schema = schema.as_object().cloned().unwrap_or_default();
        schema.insert("components".to_owned(), self.source.get("components").cloned().unwrap_or_default());
        let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
        options.build(&Value::Object(schema)).map_err(|error| error.to_string().into())
    }

    fn resolve(&self, value: &'a Value) -> Result<&'a Value, Failure> {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return Ok(value) };
        let found = reference.strip_prefix('#').and_then(|pointer| self.source.pointer(pointer));
        found.ok_or_else(|| format!("{reference} leads nowhere").into())
    }
}

fn members<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.get(name).and_then(Value::as_object).into_iter().flat_map(Map::iter)
}
