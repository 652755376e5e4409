//! `infra/template.yaml`, as far as a laptop needs it: routes, table, and what the stream is filtered by.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;
use serde_json::{Value, json};
use shared::http::Side;

use crate::{policy::Policy, references::References, services::Environment, start_error::StartError};

/// What the template calls the table that everything is in.
pub const ACCOUNTS_TABLE: &str = "AccountsTable";
const STACK: &str = "AWS::CloudFormation::Stack";
/// What Lambda gives a function that asks for nothing.
const MEMORY_MB: u64 = 128;

/// A template that has been read.
pub struct Template {
    resources: BTreeMap<String, Resource>,
    parameters: BTreeMap<String, Value>,
    globals: Value,
    stacks: Vec<Template>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "Resources")]
    resources: BTreeMap<String, Resource>,
    #[serde(rename = "Parameters", default)]
    parameters: BTreeMap<String, Value>,
    #[serde(rename = "Globals", default)]
    globals: Value,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "Properties", default)]
    properties: Value,
}

/// A function's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The name of the entry.
    pub logical_id: String,
    /// The folder that its code is in: the operation's name.
    pub operation: String,
    /// Where it is asked for, if by HTTP: the customers' route before the merchant's.
    pub routes: Vec<Route>,
}

/// A method and a path with `{parameters}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// In capitals.
    pub method: String,
    /// As API Gateway takes it.
    pub path: String,
}

impl Route {
    /// For whom it is.
    #[must_use]
    pub fn side(&self) -> Side {
        if self.path.starts_with("/{store}/admin/") { Side::Merchant } else { Side::Storefront }
    }
}

/// What the storefronts of other origins may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// Whose pages.
    pub origins: Vec<String>,
    /// By which methods.
    pub methods: Vec<String>,
    /// With which headers.
    pub headers: Vec<String>,
    /// Seeing which headers of the answer.
    pub exposed: Vec<String>,
}

impl Template {
    /// Where the template belongs.
    #[must_use]
    pub fn path() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("template.yaml")
    }

    /// Reads the template, with those of the stacks within it.
    ///
    /// # Errors
    /// [`StartError`] if it is not there or is no template.
    pub fn read(path: &Path) -> Result<Self, StartError> {
        let yaml = fs::read_to_string(path).map_err(|source| StartError::TemplateMissing { path: path.to_owned(), source })?;
        let mut template = Self::parse(&yaml)?;
        let stacks = template.of_type(STACK).filter_map(|(_, properties)| text(properties, "/TemplateURL"));
        template.stacks = stacks.map(|stack| Self::read(&path.with_file_name(stack))).collect::<Result<_, _>>()?;
        Ok(template)
    }

    fn parse(yaml: &str) -> Result<Self, StartError> {
        let document: Document = serde_saphyr::from_str(yaml).map_err(|error| StartError::Template(error.to_string()))?;
        let Document { resources, parameters, globals } = document;
        Ok(Self { resources, parameters, globals, stacks: Vec::new() })
    }

    /// Every function.
    pub fn functions(&self) -> impl Iterator<Item = Function> {
        self.of_type("AWS::Serverless::Function").map(|(logical_id, properties)| {
            let events = properties.get("Events").and_then(Value::as_object);
            let routes = events.into_iter().flat_map(|events| events.values()).filter_map(|event| {
                let event = event.get("Properties").filter(|_| text(event, "/Type") == Some("HttpApi"))?;
                Some(Route { method: text(event, "/Method")?.to_ascii_uppercase(), path: text(event, "/Path")?.to_owned() })
            });
            let mut routes: Vec<_> = routes.collect();
            routes.sort_by_key(Route::side);
            Function { logical_id: logical_id.to_owned(), operation: operation(properties), routes }
        })
    }

    /// The memory of a function, in the megabytes that Lambda counts in; none if there is no such function.
    #[must_use]
    pub fn memory_mb(&self, operation: &str) -> Option<u64> {
        let (_, properties) = self.by_operation().find(|(name, _)| name == operation)?;
        let own = properties.get("MemorySize").or_else(|| self.globals.pointer("/Function/MemorySize"));
        Some(own.and_then(Value::as_u64).unwrap_or(MEMORY_MB))
    }

    /// The type and the properties of every resource, those of the stacks within it included.
    #[must_use]
    pub fn resources(&self) -> Vec<(&str, &Value)> {
        let own = self.resources.values().map(|resource| (resource.kind.as_str(), &resource.properties));
        own.chain(self.stacks.iter().flat_map(Self::resources)).collect()
    }

    /// What each function may do, by its name, where the functions are told this.
    ///
    /// # Errors
    /// [`StartError::Template`] for a policy that is not understood.
    pub fn policies(&self, environment: &Environment) -> Result<BTreeMap<String, Policy>, StartError> {
        let references = References::new(self, environment);
        let read = |(function, properties): (String, &Value)| {
            let policies = properties.get("Policies").unwrap_or(&Value::Null);
            let policy = Policy::parse(policies, |resource| references.resolved(resource));
            let policy = policy.map_err(|error| StartError::Template(format!("the policy of {function} is not understood: {error}")))?;
            Ok((function, policy))
        };
        self.by_operation().map(read).collect()
    }

    /// The variables that each function is told, by its name, and what in the template they refer to.
    #[must_use]
    pub fn environments(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        let read = |(function, properties): (String, &Value)| {
            let own = properties.pointer("/Environment/Variables").and_then(Value::as_object);
            let variables =
                own.into_iter().chain(self.globals.pointer("/Function/Environment/Variables").and_then(Value::as_object)).flatten();
            let told = variables.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
            (function, told.collect())
        };
        self.by_operation().map(read).collect()
    }

    /// What CreateTable has to be asked for, to make the table that the template has under this entry.
    ///
    /// # Errors
    /// [`StartError::Template`] if there is no such table.
    pub fn create_table(&self, logical_id: &str, name: &str) -> Result<Value, StartError> {
        let table = self.table(logical_id)?;
        let mut request = json!({ "TableName": name });
        for field in ["AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes"] {
            if let Some(value) = table.get(field) {
                request[field] = value.clone();
            }
        }
        if let Some(view) = table.pointer("/StreamSpecification/StreamViewType") {
            request["StreamSpecification"] = json!({ "StreamEnabled": true, "StreamViewType": view });
        }
        Ok(request)
    }

    /// What UpdateTimeToLive has to be asked for.
    ///
    /// # Errors
    /// [`StartError::Template`] if the table has none.
    pub fn time_to_live(&self, logical_id: &str, name: &str) -> Result<Value, StartError> {
        let ttl = self
            .table(logical_id)?
            .get("TimeToLiveSpecification")
            .ok_or_else(|| StartError::Template("its table has no TimeToLiveSpecification".into()))?;
        Ok(json!({ "TableName": name, "TimeToLiveSpecification": ttl }))
    }

    /// The patterns by which the stream's records are chosen for a function.
    ///
    /// # Errors
    /// [`StartError::Template`] if a pattern is no JSON.
    pub fn stream_filters(&self) -> Result<Vec<Value>, StartError> {
        let events = self.of_type("AWS::Serverless::Function").filter_map(|(_, properties)| properties.get("Events")?.as_object());
        let streams = events.flat_map(|events| events.values()).filter(|event| text(event, "/Type") == Some("DynamoDB"));
        let filters = streams.filter_map(|event| event.pointer("/Properties/FilterCriteria/Filters")?.as_array()).flatten();
        filters
            .filter_map(|filter| text(filter, "/Pattern"))
            .map(|pattern| {
                serde_json::from_str(pattern).map_err(|error| StartError::Template(format!("a stream filter is no JSON: {error}")))
            })
            .collect()
    }

    /// The functions that are started by the clock, and how often.
    ///
    /// # Errors
    /// [`StartError::Template`] for a schedule that is no `rate` in minutes.
    pub fn schedules(&self) -> Result<Vec<(String, Duration)>, StartError> {
        let functions = self.of_type("AWS::Serverless::Function").filter_map(|(_, properties)| {
            let events = properties.get("Events")?.as_object()?;
            let schedule = events.values().find(|event| text(event, "/Type") == Some("ScheduleV2"))?;
            Some((text(properties, "/CodeUri")?, text(schedule, "/Properties/ScheduleExpression").unwrap_or_default()))
        });
        let read = |(folder, schedule): (&str, &str)| {
            let minutes = schedule.strip_prefix("rate(").and_then(|rate| rate.split(' ').next()?.parse::<u64>().ok());
            let minutes = minutes.filter(|_| schedule.contains(" minute"));
            let period = minutes.map(|minutes| Duration::from_secs(minutes * 60));
            let period = period.ok_or_else(|| StartError::Template(format!("{schedule} is no rate in minutes")))?;
            Ok((folder.rsplit('/').next().unwrap_or_default().to_owned(), period))
        };
        functions.map(read).collect()
    }

    /// The secrets that are rotated, each with the entry of the function that does it.
    #[must_use]
    pub fn rotations(&self) -> Vec<(String, String)> {
        let rotation = |schedule: &Value| {
            let function = text(schedule, "/RotationLambdaARN")?.trim_end_matches(".Arn");
            Some((text(schedule, "/SecretId")?.to_owned(), function.to_owned()))
        };
        self.of_type("AWS::SecretsManager::RotationSchedule").filter_map(|(_, schedule)| rotation(schedule)).collect()
    }

    /// The functions that a topic tells.
    pub fn subscribed(&self) -> impl Iterator<Item = String> {
        let told = self.of_type("AWS::Serverless::Function").filter(|(_, properties)| {
            let events = properties.get("Events").and_then(Value::as_object);
            events.into_iter().flat_map(|events| events.values()).any(|event| text(event, "/Type") == Some("SNS"))
        });
        told.filter_map(|(_, properties)| Some(text(properties, "/CodeUri")?.rsplit('/').next()?.to_owned()))
    }

    /// What API Gateway answers pages of other origins.
    #[must_use]
    pub fn cors(&self) -> Cors {
        let Some((_, api)) = self.of_type("AWS::Serverless::HttpApi").next() else { return Cors::default() };
        let list = |field: &str| strings(api.pointer(&format!("/CorsConfiguration/{field}")));
        let origins = self.parameters.get("AllowedOrigins").and_then(|parameter| text(parameter, "/Default")).unwrap_or_default();
        Cors {
            origins: origins.split(',').map(|origin| origin.trim().to_owned()).filter(|origin| !origin.is_empty()).collect(),
            methods: list("AllowMethods"),
            headers: list("AllowHeaders"),
            exposed: list("ExposeHeaders"),
        }
    }

    fn table(&self, logical_id: &str) -> Result<&Value, StartError> {
        let mut tables = self.of_type("AWS::DynamoDB::Table").filter(|(id, _)| *id == logical_id);
        tables.next().map(|(_, table)| table).ok_or_else(|| StartError::Template(format!("it has no table {logical_id}")))
    }

    /// The type of an entry.
    pub(crate) fn kind(&self, entry: &str) -> Option<&str> {
        self.resources.get(entry).map(|resource| resource.kind.as_str())
    }

    fn by_operation(&self) -> impl Iterator<Item = (String, &Value)> {
        let functions = self.of_type("AWS::Serverless::Function");
        functions.map(|(_, properties)| (operation(properties), properties))
    }

    fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.resources.iter().filter(move |(_, resource)| resource.kind == kind).map(|(id, resource)| (id.as_str(), &resource.properties))
    }
}

/// Whether a stream record is one that the pattern asks for (Lambda's event filtering: each field of the pattern lists
/// the values that it takes).
#[must_use]
pub fn matches(pattern: &Value, record: &Value) -> bool {
    match pattern {
        Value::Object(fields) => fields.iter().all(|(name, pattern)| record.get(name).is_some_and(|value| matches(pattern, value))),
        Value::Array(accepted) => accepted.contains(record),
        _ => false,
    }
}

/// The name of a function: that of the folder that its code is in.
fn operation(properties: &Value) -> String {
    text(properties, "/CodeUri").and_then(|folder| folder.rsplit('/').next()).unwrap_or_default().to_owned()
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str()
}

fn strings(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_of_this_repository_has_a_table_a_stream_filter_and_routes() {
        let template = Template::read(&Template::path()).unwrap();
        assert!(template.functions().any(|function| function.operation == "login" && !function.routes.is_empty()));
        assert_eq!(template.create_table(ACCOUNTS_TABLE, "t").unwrap()["StreamSpecification"]["StreamEnabled"], true);
        assert_eq!(template.time_to_live(ACCOUNTS_TABLE, "t").unwrap()["TimeToLiveSpecification"]["AttributeName"], "exp");
        assert_eq!(template.stream_filters().unwrap().len(), 1);
        assert!(!template.cors().origins.is_empty());
        assert_eq!(template.subscribed().collect::<Vec<_>>(), ["record-mail-event"]);
        assert_eq!(template.schedules().unwrap(), [("send-invites".to_owned(), Duration::from_secs(60))]);
        assert_eq!(template.rotations(), [("SigningRootSecret".to_owned(), "RotateKeysFunction".to_owned())]);
    }

    #[test]
    fn a_function_has_the_memory_that_it_asks_for_or_else_that_of_all() {
        let function = |more: &str| format!("{{Type: AWS::Serverless::Function, Properties: {{CodeUri: ../functions/{more}}}}}");
        let resources = format!("Resources: {{A: {}, B: {}}}", function("login, MemorySize: 1769"), function("logout"));
        let memory = |yaml: &str| {
            let template = Template::parse(yaml).unwrap();
            ["login", "logout", "no-such"].map(|operation| template.memory_mb(operation))
        };
        assert_eq!(memory(&format!("Globals: {{Function: {{MemorySize: 256}}}}\n{resources}")), [Some(1769), Some(256), None]);
        assert_eq!(memory(&resources), [Some(1769), Some(128), None]);
    }

    #[test]
    fn a_schedule_that_is_no_rate_in_minutes_is_told() {
        let schedule = |expression: &str| {
            let events = format!("{{Clock: {{Type: ScheduleV2, Properties: {{ScheduleExpression: \"{expression}\"}}}}}}");
            let function = format!("{{Type: AWS::Serverless::Function, Properties: {{CodeUri: ../functions/f, Events: {events}}}}}");
            Template::parse(&format!("Resources: {{F: {function}}}")).unwrap().schedules().ok()
        };
        assert_eq!(schedule("rate(5 minutes)"), Some(vec![("f".to_owned(), Duration::from_secs(300))]));
        assert_eq!(schedule("cron(0 8 * * ? *)"), None);
        assert_eq!(schedule("rate(1 hour)"), None);
    }

    #[test]
    fn a_record_is_chosen_by_every_field_of_the_pattern() {
        let pattern = json!({"eventName": ["INSERT"], "dynamodb": {"Keys": {"sk": {"S": ["MAIL"]}}}});
        let record = |event: &str, sk: &str| json!({"eventName": event, "dynamodb": {"Keys": {"sk": {"S": sk}}}});
        assert!(matches(&pattern, &record("INSERT", "MAIL")));
        assert!(!matches(&pattern, &record("REMOVE", "MAIL")));
        assert!(!matches(&pattern, &record("INSERT", "ACCOUNT")));
    }

    #[test]
    fn what_is_no_template_is_told() {
        assert!(matches!(Template::parse("Resources: ["), Err(StartError::Template(_))));
        assert!(Template::parse("Resources: {}").unwrap().create_table(ACCOUNTS_TABLE, "t").is_err());
    }
}
