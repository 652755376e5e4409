//! What a request of the SDK asks for: the actions, the resources and the keys that IAM looks at.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;

use crate::{policy::Call, references::arn};

/// A transaction is allowed by its parts, each as if it were made alone
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html>).
const PARTS: [(&str, &str); 4] =
    [("ConditionCheck", "ConditionCheckItem"), ("Delete", "DeleteItem"), ("Put", "PutItem"), ("Update", "UpdateItem")];

/// All that has to be allowed for this request to be. What is not known here is asked for under a name that no policy
/// allows.
#[must_use]
pub fn calls(request: &HttpRequest) -> Vec<Call> {
    let service = request.headers().get("authorization").and_then(service).unwrap_or("unsigned");
    let body = request.body().bytes().and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default();
    let operation = request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next()).unwrap_or_default();
    let known = match service {
        "dynamodb" => of_dynamodb(operation, &body),
        "secretsmanager" => vec![call(service, operation, secret(&body["SecretId"]), [])],
        "ses" => of_ses(request, &body),
        _ => Vec::new(),
    };
    // Of nothing, all would be allowed.
    if known.is_empty() { vec![call(service, operation, "*".to_owned(), [])] } else { known }
}

/// `AWS4-HMAC-SHA256 Credential={key}/{day}/{region}/{service}/aws4_request, …`
fn service(authorization: &str) -> Option<&str> {
    authorization.split_once("Credential=")?.1.split('/').nth(3)
}

fn of_dynamodb(operation: &str, body: &Value) -> Vec<Call> {
    let of_table = |operation: &str, request: &Value, keys: Vec<String>| call("dynamodb", operation, table(request), keys);
    match operation {
        "BatchGetItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            let named = tables.map(|(name, wanted)| (table_named(name), items(&wanted["Keys"]).iter().filter_map(leading_key)));
            named.map(|(table, keys)| call("dynamodb", operation, table, keys)).collect()
        }
        "TransactWriteItems" => {
            let parts = items(&body["TransactItems"]).iter().filter_map(Value::as_object).flatten();
            let action = |name: &str| PARTS.iter().find(|(part, _)| *part == name).map_or(operation, |(_, action)| action);
            parts.map(|(name, part)| of_table(action(name), part, named_keys(part))).collect()
        }
        "Query" => vec![of_table(operation, body, queried_key(body).into_iter().collect())],
        _ => vec![of_table(operation, body, named_keys(body))],
    }
}

/// A mail is sent by an identity, and by a configuration set if it names one.
fn of_ses(request: &HttpRequest, body: &Value) -> Vec<Call> {
    let path = request.uri().split_once("/v2/").map_or(request.uri(), |(_, path)| path);
    if (request.method(), path) != ("POST", "email/outbound-emails") {
        return vec![call("ses", &format!("{} {path}", request.method()), "*".to_owned(), [])];
    }
    let sender = body["FromEmailAddress"].as_str().unwrap_or_default();
    let sender = sender.rsplit('<').next().unwrap_or_default().trim_end_matches('>');
    let domain = sender.rsplit('@').next().unwrap_or_default();
    let set = body["ConfigurationSetName"].as_str().map(|name| format!("configuration-set/{name}"));
    let resources = [format!("identity/{domain}")].into_iter().chain(set);
    let sending = |resource: String| call("ses", "SendEmail", arn("ses", &resource), []);
    resources.map(|resource| Call { from_address: Some(sender.to_owned()), ..sending(resource) }).collect()
}

fn call(service: &str, operation: &str, resource: String, keys: impl IntoIterator<Item = String>) -> Call {
    Call { action: format!("{service}:{operation}"), resource, leading_keys: keys.into_iter().collect(), from_address: None }
}

fn table_named(name: &str) -> String {
    arn("dynamodb", &format!("table/{name}"))
}

fn table(request: &Value) -> String {
    let table = table_named(request["TableName"].as_str().unwrap_or_default());
    request["IndexName"].as_str().map_or(table.clone(), |index| format!("{table}/index/{index}"))
}

/// By its ARN, which is all that a function is told.
fn secret(id: &Value) -> String {
    id.as_str().unwrap_or_default().to_owned()
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The table's partition key, in a key or an item.
fn leading_key(item: &Value) -> Option<String> {
    item["pk"]["S"].as_str().map(str::to_owned)
}

fn named_keys(request: &Value) -> Vec<String> {
    ["Key", "Item"].into_iter().filter_map(|name| leading_key(&request[name])).collect()
}

/// Of a query, the value that the partition key has to be equal to: what a key condition begins with.
fn queried_key(request: &Value) -> Option<String> {
    let (_, rest) = request["KeyConditionExpression"].as_str()?.split_once('=')?;
    let placeholder = rest.split_whitespace().next()?;
    request["ExpressionAttributeValues"][placeholder]["S"].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
    use serde_json::json;

    use super::*;

    fn request(service: &str, target: &str, body: &Value) -> HttpRequest {
        let mut request = HttpRequest::new(body.to_string().into());
        let authorization = format!("AWS4-HMAC-SHA256 Credential=local/20261122/eu-west-1/{service}/aws4_request, Signature=0");
        request.headers_mut().insert("authorization", authorization);
        request.headers_mut().insert("x-amz-target", target.to_owned());
        request
    }

    fn asked(service: &str, target: &str, body: &Value) -> Vec<(String, String, Vec<String>)> {
        let calls = calls(&request(service, target, body)).into_iter();
        calls.map(|call| (call.action, call.resource, call.leading_keys.into_iter().collect())).collect()
    }

    fn of_table(action: &str, keys: &[&str]) -> (String, String, Vec<String>) {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        (format!("dynamodb:{action}"), arn("dynamodb", "table/t"), keys)
    }

    #[test]
    fn a_transaction_asks_for_each_of_its_parts() {
        let key = |pk: &str| json!({"TableName": "t", "Key": {"pk": {"S": pk}, "sk": {"S": "x"}}});
        let put = json!({"TableName": "t", "Item": {"pk": {"S": "d"}}});
        let body = json!({"TransactItems": [{"ConditionCheck": key("a")}, {"Delete": key("b")}, {"Update": key("c")}, {"Put": put}]});
        let expected = [("ConditionCheckItem", "a"), ("DeleteItem", "b"), ("UpdateItem", "c"), ("PutItem", "d")];
        assert_eq!(asked("dynamodb", "DynamoDB_20120810.TransactWriteItems", &body), expected.map(|(name, key)| of_table(name, &[key])));
    }

    #[test]
    fn a_batch_asks_for_all_of_its_keys_at_once() {
        let body = json!({"RequestItems": {"t": {"Keys": [{"pk": {"S": "b"}}, {"pk": {"S": "a"}}, {"pk": {"S": "b"}}]}}});
        assert_eq!(asked("dynamodb", "DynamoDB_20120810.BatchGetItem", &body), [of_table("BatchGetItem", &["a", "b"])]);
    }

    #[test]
    fn a_query_asks_for_the_partition_that_it_looks_into() {
        let values = json!({":list": {"S": "a"}, ":place": {"S": "z"}});
        let body = json!({"TableName": "t", "KeyConditionExpression": "pk = :list", "ExpressionAttributeValues": values});
        assert_eq!(asked("dynamodb", "DynamoDB_20120810.Query", &body), [of_table("Query", &["a"])]);
        let body = json!({"TableName": "t", "IndexName": "i", "KeyConditionExpression": "#list = :list AND place < :place",
            "ExpressionAttributeValues": values});
        let (action, table, keys) = of_table("Query", &["a"]);
        assert_eq!(asked("dynamodb", "DynamoDB_20120810.Query", &body), [(action, format!("{table}/index/i"), keys)]);
    }

    #[test]
    fn a_scan_names_no_key() {
        assert_eq!(asked("dynamodb", "DynamoDB_20120810.Scan", &json!({"TableName": "t"})), [of_table("Scan", &[])]);
    }

    #[test]
    fn what_names_nothing_that_is_known_here_is_asked_for_as_it_is() {
        let named = |operation: &str| (format!("dynamodb:{operation}"), "*".to_owned(), vec![]);
        for (operation, body) in [
            ("TransactWriteItems", json!({"TransactItems": []})),
            ("TransactWriteItems", json!("in another form")),
            ("BatchGetItem", json!({"RequestItems": {}})),
            ("BatchGetItem", json!(null)),
        ] {
            assert_eq!(asked("dynamodb", &format!("DynamoDB_20120810.{operation}"), &body), [named(operation)], "{body}");
        }
    }

    #[test]
    fn a_secret_is_asked_for_by_its_arn() {
        let arn = arn("secretsmanager", "secret:s");
        let expected = [("secretsmanager:GetSecretValue".to_owned(), arn.clone(), vec![])];
        assert_eq!(asked("secretsmanager", "secretsmanager.GetSecretValue", &json!({"SecretId": arn})), expected);
    }

    #[test]
    fn a_mail_asks_for_its_senders_domain_and_its_configuration_set() {
        let body = json!({"FromEmailAddress": "Shop <accounts@shop.example>", "ConfigurationSetName": "events"});
        let mut mail = request("ses", "", &body);
        mail.set_method("POST").unwrap();
        mail.set_uri("http://127.0.0.1:1/v2/email/outbound-emails").unwrap();
        let resources: Vec<_> = calls(&mail).into_iter().map(|call| (call.action, call.resource)).collect();
        let expected = ["identity/shop.example", "configuration-set/events"];
        assert_eq!(resources, expected.map(|name| ("ses:SendEmail".to_owned(), arn("ses", name))));
        assert!(calls(&mail).iter().all(|call| call.from_address.as_deref() == Some("accounts@shop.example")));
        mail.set_method("DELETE").unwrap();
        assert_eq!(calls(&mail)[0].action, "ses:DELETE email/outbound-emails");
    }
}
