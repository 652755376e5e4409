//! CloudWatch's Embedded Metric Format: what a line must be like for its metrics to be found.
//!
//! Written down from its specification:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.
//! The units are those of <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html>.

#![expect(clippy::indexing_slicing, reason = "of JSON by name: what is not there is null")]

use std::sync::LazyLock;

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

/// A metric as a line tells of it: its namespace, its name, and one set of its dimensions by name and value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The unit.
    pub unit: String,
    /// By what it is told apart, and which one this is.
    pub dimensions: Vec<(String, String)>,
}

impl Seen {
    /// The names of its dimensions.
    #[must_use]
    pub fn told_apart_by(&self) -> Vec<String> {
        self.dimensions.iter().map(|(name, _)| name.clone()).collect()
    }
}

/// "Metadata object", "`MetricDirective` object", "`DimensionSet` array", "`MetricDefinition` object".
static SCHEMA: LazyLock<Result<Validator, String>> = LazyLock::new(|| {
    let name = json!({"type": "string", "minLength": 1, "maxLength": 255});
    let unit = json!({"enum": [
        "Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits", "Kilobits",
        "Megabits", "Gigabits", "Terabits", "Percent", "Count", "Bytes/Second", "Kilobytes/Second", "Megabytes/Second",
        "Gigabytes/Second", "Terabytes/Second", "Bits/Second", "Kilobits/Second", "Megabits/Second", "Gigabits/Second",
        "Terabits/Second", "Count/Second", "None",
    ]});
    let definition = json!({
        "type": "object", "required": ["Name"], "additionalProperties": false,
        "properties": {"Name": name, "Unit": unit, "StorageResolution": {"enum": [1, 60]}},
    });
    let directive = json!({
        "type": "object", "required": ["Namespace", "Dimensions", "Metrics"], "additionalProperties": false,
        "properties": {
            "Namespace": name,
            "Dimensions": {"type": "array", "minItems": 1, "items": {"type": "array", "maxItems": 30, "uniqueItems": true, "items": name}},
            "Metrics": {"type": "array", "minItems": 1, "maxItems": 100, "items": definition},
        },
    });
    let root = json!({
        "type": "object", "required": ["_aws"],
        "properties": {"_aws": {
            "type": "object", "required": ["Timestamp", "CloudWatchMetrics"], "additionalProperties": false,
            "properties": {"Timestamp": {"type": "integer", "minimum": 0}, "CloudWatchMetrics": {"type": "array", "items": directive}},
        }},
    });
    jsonschema::options().with_draft(Draft::Draft202012).build(&root).map_err(|error| error.to_string())
});

/// The metrics that CloudWatch finds in a line; none in a line that tells of none.
///
/// # Errors
/// What CloudWatch would refuse the line for.
pub fn metrics(line: &Value) -> Result<Vec<Seen>, String> {
    if line.get("_aws").is_none() {
        return Ok(Vec::new());
    }
    SCHEMA.as_ref().map_err(Clone::clone)?.validate(line).map_err(|error| format!("{error}: {line}"))?;
    // 1 MB now, and 256 KB for most of its life.
    if line.to_string().len() > 256 * 1024 {
        return Err("the line is too long".to_owned());
    }
    let array = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut seen = Vec::new();
    for directive in array(&line["_aws"]["CloudWatchMetrics"]) {
        for metric in array(&directive["Metrics"]) {
            // "Target members": at the root, a number or up to a hundred; a dimension is a text.
            let target = &line[text(&metric["Name"])];
            let numbers = target.as_array().is_some_and(|values| values.len() <= 100 && values.iter().all(Value::is_number));
            if !(target.is_number() || numbers) {
                return Err(format!("{metric} is no number: {line}"));
            }
            for set in array(&directive["Dimensions"]) {
                let mut dimensions = Vec::new();
                for dimension in array(&set) {
                    // CloudWatch takes no empty value, none beyond 1024 characters, and ASCII alone.
                    let value = line[text(&dimension)].as_str().filter(|value| (1..=1024).contains(&value.len()) && value.is_ascii());
                    let value = value.ok_or_else(|| format!("{dimension} is no dimension: {line}"))?;
                    dimensions.push((text(&dimension), value.to_owned()));
                }
                let (namespace, name, unit) = (text(&directive["Namespace"]), text(&metric["Name"]), text(&metric["Unit"]));
                seen.push(Seen { namespace, name, unit, dimensions });
            }
        }
    }
    Ok(seen)
}
