//! What a function may do: as much of IAM's language as the template speaks. Anything else in a policy is an error, so
//! that nothing is allowed here because it was overlooked.

use std::{collections::BTreeSet, fmt};

use serde::Deserialize;
use serde_json::Value;

/// A function's statements. Each of them allows something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy(Vec<Statement>);

/// The smallest part of a policy: one action on one resource, with keys of one kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// As in `dynamodb:PutItem`.
    pub action: String,
    /// An ARN, or a pattern of ARNs.
    pub resource: String,
    /// A pattern of partition keys; none allows every key.
    pub keys: Option<String>,
}

/// One thing that AWS is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// As in `dynamodb:PutItem`.
    pub action: String,
    /// The ARN of what it is to be done to.
    pub resource: String,
    /// `dynamodb:LeadingKeys`: the partition keys that are named. Of an index, they are its own.
    pub leading_keys: BTreeSet<String>,
    /// `ses:FromAddress`: the address that a mail comes from, without its display name.
    pub from_address: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Document {
    #[serde(rename = "Version")]
    _version: Version,
    statement: Vec<Statement>,
}

#[derive(Deserialize)]
enum Version {
    #[serde(rename = "2012-10-17")]
    Newest,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    #[serde(rename = "Effect")]
    _effect: Effect,
    action: OneOrMore,
    resource: OneOrMore,
    condition: Option<Condition>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
enum Effect {
    Allow,
}

/// `ForAllValues` also holds where there is no key at all. Whatever the template allows by keys names some: only a scan
/// would not, and nothing may scan. `StringLike` does not hold where there is no sender.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Condition {
    #[serde(rename = "ForAllValues:StringLike")]
    all: Option<LeadingKeys>,
    #[serde(rename = "StringLike")]
    like: Option<FromAddress>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct FromAddress {
    #[serde(rename = "ses:FromAddress")]
    patterns: OneOrMore,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct LeadingKeys {
    #[serde(rename = "dynamodb:LeadingKeys")]
    patterns: OneOrMore,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl Policy {
    /// Reads the `Policies` of a function, its resources and senders as they are called here.
    ///
    /// # Errors
    /// If there is anything in them that is not understood.
    pub fn parse(policies: &Value, resource: impl Fn(&str) -> String) -> Result<Self, serde_json::Error> {
        let documents = Option::<Vec<Document>>::deserialize(policies)?.unwrap_or_default();
        let mut statements: Vec<_> = documents.into_iter().flat_map(|document| document.statement).collect();
        for statement in &mut statements {
            statement.resource = OneOrMore::More(statement.resource.iter().map(&resource).collect());
            if let Some(from) = statement.condition.as_mut().and_then(|condition| condition.like.as_mut()) {
                // A parameter that is a list is one text with commas.
                let senders = from.patterns.iter().map(&resource).collect::<Vec<_>>().join(",");
                from.patterns = OneOrMore::More(senders.split(',').map(str::to_owned).collect());
            }
        }
        Ok(Self(statements))
    }

    /// The grants by which a call is allowed; none if it is not. One statement has to allow all of it.
    #[must_use]
    pub fn allowing(&self, call: &Call) -> BTreeSet<Grant> {
        self.0.iter().filter(|statement| statement.allows(call)).flat_map(|statement| statement.grants_to(call)).collect()
    }

    /// Everything that it allows.
    #[must_use]
    pub fn grants(&self) -> BTreeSet<Grant> {
        self.0.iter().flat_map(Statement::grants).collect()
    }

    /// The grants that allow nothing but what another allows too, in the order in which they stand.
    #[must_use]
    pub fn needless(&self) -> Vec<Grant> {
        let grants: Vec<_> = self.0.iter().flat_map(Statement::grants).collect();
        let others = |at: usize| grants.iter().enumerate().filter(move |(other, _)| *other != at).map(|(_, other)| other);
        let within = |(at, grant): (usize, &Grant)| others(at).any(|other| other.covers(grant)).then(|| grant.clone());
        grants.iter().enumerate().filter_map(within).collect()
    }
}

impl Statement {
    fn allows(&self, call: &Call) -> bool {
        let keys = call.leading_keys.iter();
        self.action.iter().any(|action| like(action, &call.action))
            && self.resource.iter().any(|resource| like(resource, &call.resource))
            && self.keys().is_none_or(|patterns| keys.into_iter().all(|key| patterns.iter().any(|pattern| like(pattern, key))))
            && self.senders().is_none_or(|patterns| {
                call.from_address.as_deref().is_some_and(|sender| patterns.iter().any(|pattern| like(pattern, sender)))
            })
    }

    fn grants_to(&self, call: &Call) -> impl Iterator<Item = Grant> {
        let touches = |grant: &Grant| {
            let pattern = grant.keys.as_deref();
            like(&grant.action, &call.action)
                && like(&grant.resource, &call.resource)
                && pattern.is_none_or(|pattern| call.leading_keys.iter().any(|key| like(pattern, key)))
        };
        self.grants().into_iter().filter(touches)
    }

    fn grants(&self) -> Vec<Grant> {
        let keys: Vec<_> = self.keys().map_or_else(|| vec![None], |patterns| patterns.iter().map(|key| Some(key.to_owned())).collect());
        let mut grants = Vec::new();
        for action in self.action.iter() {
            for resource in self.resource.iter() {
                grants.extend(keys.iter().map(|keys| Grant { action: action.into(), resource: resource.into(), keys: keys.clone() }));
            }
        }
        grants
    }

    fn keys(&self) -> Option<&OneOrMore> {
        self.condition.as_ref()?.all.as_ref().map(|keys| &keys.patterns)
    }

    fn senders(&self) -> Option<&OneOrMore> {
        self.condition.as_ref()?.like.as_ref().map(|from| &from.patterns)
    }
}

impl Grant {
    /// Whether whatever the other allows is allowed by this one as well.
    fn covers(&self, other: &Self) -> bool {
        let wider = |one: &Option<String>, other: &Option<String>| match (one, other) {
            (None, _) => true,
            (Some(one), Some(other)) => like(one, other),
            (Some(_), None) => false,
        };
        like(&self.action, &other.action) && like(&self.resource, &other.resource) && wider(&self.keys, &other.keys)
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} on {}", self.action, self.resource)?;
        self.keys.iter().try_for_each(|keys| write!(formatter, " with keys {keys}"))
    }
}

/// As AWS says what is missing.
impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} on resource: {}", self.action, self.resource)?;
        if self.leading_keys.is_empty() { Ok(()) } else { write!(formatter, " with leading keys {:?}", self.leading_keys) }
    }
}

impl OneOrMore {
    fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::More(texts) => texts,
        }
        .iter()
        .map(String::as_str)
    }
}

/// Whether a text is like a pattern, in which `*` is anything and `?` any one character.
#[must_use]
pub fn like(pattern: &str, text: &str) -> bool {
    let mut rests = match pattern.chars().next() {
        None => return text.is_empty(),
        Some('*') => text.char_indices().map(|(at, _)| at).chain([text.len()]).collect::<Vec<_>>(),
        Some(wanted) => match text.chars().next() {
            Some(found) if wanted == '?' || wanted == found => vec![found.len_utf8()],
            _ => return false,
        },
    };
    let pattern = pattern.get(pattern.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default();
    rests.drain(..).any(|at| like(pattern, text.get(at..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy(statements: Value) -> Policy {
        Policy::parse(&json!([{"Version": "2012-10-17", "Statement": statements}]), str::to_owned).unwrap()
    }

    fn call(action: &str, resource: &str, keys: &[&str]) -> Call {
        let leading_keys = keys.iter().map(|key| (*key).to_owned()).collect();
        Call { action: action.into(), resource: resource.into(), leading_keys, from_address: None }
    }

    fn of_keys(patterns: Value) -> Value {
        json!({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": patterns}})
    }

    #[test]
    fn what_no_statement_allows_is_refused() {
        let policy = policy(json!([{"Effect": "Allow", "Action": ["d:Get", "d:Put"], "Resource": "table"}]));
        assert!(!policy.allowing(&call("d:Get", "table", &["a"])).is_empty());
        assert!(policy.allowing(&call("d:Delete", "table", &["a"])).is_empty());
        assert!(policy.allowing(&call("d:Get", "table/index/lists", &["a"])).is_empty(), "an index is not its table");
        assert!(Policy::default().allowing(&call("d:Get", "table", &[])).is_empty());
    }

    #[test]
    fn every_leading_key_has_to_be_allowed_by_the_same_statement() {
        let policy = policy(json!([
            {"Effect": "Allow", "Action": "d:Get", "Resource": "table", "Condition": of_keys(json!(["S#*#A#*", "S#*#B#*"]))},
            {"Effect": "Allow", "Action": "d:Get", "Resource": "table", "Condition": of_keys(json!("S#*#T#*"))},
        ]));
        let allowed = |keys: &[&str]| policy.allowing(&call("d:Get", "table", keys)).into_iter().filter_map(|grant| grant.keys);
        assert_eq!(allowed(&["S#demo#A#x"]).collect::<Vec<_>>(), ["S#*#A#*"], "only what was used counts as used");
        assert_eq!(allowed(&["S#demo#A#x", "S#demo#B#y"]).count(), 2);
        assert_eq!(allowed(&["S#demo#A#x", "S#demo#T#y"]).count(), 0, "each statement is looked at by itself");
        assert_eq!(allowed(&["S#demo#K"]).count(), 0);
    }

    #[test]
    fn a_condition_on_all_keys_holds_where_there_is_none() {
        let policy = policy(json!([{"Effect": "Allow", "Action": "d:Scan", "Resource": "t", "Condition": of_keys(json!("S#*"))}]));
        assert!(policy.0[0].allows(&call("d:Scan", "t", &[])));
    }

    #[test]
    fn a_condition_on_the_sender_holds_for_one_that_is_listed_alone() {
        let senders = json!({"StringLike": {"ses:FromAddress": "Senders"}});
        let statements = json!([{"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "identity/*", "Condition": senders}]);
        let document = json!([{"Version": "2012-10-17", "Statement": statements}]);
        let named = |text: &str| if text == "Senders" { "*@shop.example,help@other.example".to_owned() } else { text.to_owned() };
        let policy = Policy::parse(&document, named).unwrap();
        let from = |sender: Option<&str>| {
            let sending = call("ses:SendEmail", "identity/shop.example", &[]);
            !policy.allowing(&Call { from_address: sender.map(str::to_owned), ..sending }).is_empty()
        };
        assert!(from(Some("accounts@shop.example")) && from(Some("help@other.example")));
        for sender in ["accounts@other.example", "a@shop.example.evil.example", "a@sub.shop.example", "*@shop.example,help@other.example"] {
            assert!(!from(Some(sender)), "{sender}");
        }
        assert!(!from(None), "a call without a sender is no mail of ours");
    }

    #[test]
    fn a_grant_within_another_is_needless() {
        let policy = policy(json!([
            {"Effect": "Allow", "Action": "d:Put", "Resource": "t", "Condition": of_keys(json!(["S#*#L#*", "S#*#L#failed#*"]))},
            {"Effect": "Allow", "Action": ["d:Put", "d:Get"], "Resource": "t/index"},
        ]));
        assert_eq!(policy.needless().into_iter().map(|grant| grant.keys).collect::<Vec<_>>(), [Some("S#*#L#failed#*".to_owned())]);
        assert_eq!(policy.grants().len(), 4);
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        let statement = json!({"Effect": "Allow", "Action": "d:Get", "Resource": "t"});
        let with = |name: &str, value: Value| {
            let mut statement = statement.clone();
            statement[name] = value;
            Policy::parse(&json!([{"Version": "2012-10-17", "Statement": [statement]}]), str::to_owned)
        };
        assert!(with("Sid", json!("Read")).is_ok());
        assert!(with("Effect", json!("Deny")).is_err());
        assert!(with("NotAction", json!("d:Put")).is_err());
        assert!(with("Condition", json!({"StringLike": {"dynamodb:LeadingKeys": "S#*"}})).is_err());
        assert!(with("Condition", json!({"StringLike": {"ses:FromDisplayName": "*"}})).is_err());
        assert!(with("Condition", json!({"ForAllValues:StringLike": {"dynamodb:Attributes": "S#*"}})).is_err());
        assert!(Policy::parse(&json!(["AmazonDynamoDBFullAccess"]), str::to_owned).is_err());
        assert_eq!(Policy::parse(&Value::Null, str::to_owned).unwrap(), Policy::default());
    }

    #[test]
    fn patterns_are_those_of_iam() {
        for (pattern, text) in [("a*c", "abbc"), ("*", ""), ("S#*#A#*", "S#demo#A#"), ("a?c", "aéc"), ("**", "x")] {
            assert!(like(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a*c", "abcd"), ("S#*#A#*", "S#demo"), ("a?c", "ac"), ("", "x"), ("A", "a")] {
            assert!(!like(pattern, text), "{pattern} {text}");
        }
    }
}
