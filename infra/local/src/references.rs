//! What CloudFormation would put where the template refers to something.

use std::collections::BTreeMap;

use crate::{
    services::{Environment, REGION, SENDERS},
    template::Template,
};

/// The account of a laptop.
pub const ACCOUNT: &str = "000000000000";

/// The parameters that policies refer to, each with the variable of the environment that has its value here.
const PARAMETERS: [(&str, &str); 1] = [("Senders", SENDERS)];

/// The ARN of something in the account of a laptop.
#[must_use]
pub fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}

/// A template's references. YAML's tags are gone when it is read, so a text is what it can be: the name of an entry, an
/// entry's attribute, or a text with either in `${}`.
pub struct References<'a> {
    template: &'a Template,
    names: BTreeMap<String, String>,
}

impl<'a> References<'a> {
    /// Those of a template whose functions have this environment here: what a variable refers to is called what it says.
    #[must_use]
    pub fn new(template: &'a Template, environment: &Environment) -> Self {
        let variables = template.environments().into_values().flatten();
        let named = variables.filter_map(|(variable, entry)| Some((entry, environment.get(variable.as_str())?.clone())));
        let set = PARAMETERS.iter().filter_map(|(parameter, variable)| Some(((*parameter).to_owned(), environment.get(variable)?.clone())));
        Self { template, names: named.chain(set).collect() }
    }

    /// What stands for this text on a laptop.
    #[must_use]
    pub fn resolved(&self, text: &str) -> String {
        if let Some(of_entry) = self.entry(text) {
            return of_entry;
        }
        let mut parts = text.split("${");
        let mut resolved = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap_or((part, ""));
            let of_stack = match name {
                "AWS::Partition" => Some("aws"),
                "AWS::Region" => Some(REGION),
                "AWS::AccountId" => Some(ACCOUNT),
                _ => None,
            };
            resolved += &of_stack.map(str::to_owned).or_else(|| self.entry(name)).unwrap_or_else(|| name.to_owned());
            resolved += rest;
        }
        resolved
    }

    /// `!Ref` or `!GetAtt`.
    fn entry(&self, text: &str) -> Option<String> {
        if PARAMETERS.iter().any(|(parameter, _)| *parameter == text) {
            return self.names.get(text).cloned();
        }
        let (entry, attribute) = text.split_once('.').map_or((text, None), |(entry, attribute)| (entry, Some(attribute)));
        let kind = self.template.kind(entry)?;
        let name = self.names.get(entry).map_or(entry, String::as_str);
        Some(match (kind, attribute) {
            ("AWS::DynamoDB::Table", Some("Arn")) => arn("dynamodb", &format!("table/{name}")),
            (_, Some(attribute)) => format!("{name}.{attribute}"),
            (_, None) => name.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::environment;

    #[test]
    fn what_the_template_refers_to_is_called_as_it_is_on_a_laptop() {
        let template = Template::read(&Template::path()).unwrap();
        let references = References::new(&template, &environment());
        assert_eq!(references.resolved("AccountsTable"), "vestibule");
        assert_eq!(references.resolved("AccountsTable.Arn"), arn("dynamodb", "table/vestibule"));
        assert_eq!(references.resolved("${AccountsTable.Arn}/index/lists"), arn("dynamodb", "table/vestibule/index/lists"));
        assert_eq!(references.resolved("IndexKeySecret"), crate::secrets::INDEX_KEY_SECRET);
        let sender = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*";
        assert_eq!(references.resolved(sender), arn("ses", "identity/*"));
        let set = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:configuration-set/${MailConfigurationSet}";
        assert_eq!(references.resolved(set), arn("ses", "configuration-set/vestibule-mail"));
        assert_eq!(references.resolved("Senders"), "*");
        assert_eq!(references.resolved("*"), "*");
    }
}
