//! What the template promises beyond what its linters look at.

use std::{collections::BTreeSet, fs};

use local::template::Template;
use serde_json::{Map, Value, json};
use shared::http::edge::{SECRET, VIEWER};
use tests::{Failure, Outcome};

fn template() -> Result<Value, Failure> {
    Ok(serde_saphyr::from_str(&fs::read_to_string(Template::path())?)?)
}

/// The resources of this type, by their names.
fn of_type<'a>(template: &'a Value, kind: &'a str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let resources = template["Resources"].as_object().into_iter().flatten();
    resources.filter(move |(_, resource)| resource["Type"] == kind)
}

/// What is set for single routes, by `METHOD /path`.
fn throttled(template: &Value) -> Map<String, Value> {
    template["Resources"]["StorefrontApi"]["Properties"]["RouteSettings"].as_object().cloned().unwrap_or_default()
}

#[test]
fn every_route_that_is_throttled_is_there() -> Outcome {
    let functions = Template::read(&Template::path())?;
    let routes = functions.functions().flat_map(|function| function.routes);
    let routes: BTreeSet<_> = routes.map(|route| format!("{} {}", route.method, route.path)).collect();
    let throttled = throttled(&template()?);
    assert!(!throttled.is_empty());
    for key in throttled.keys() {
        assert!(routes.contains(key), "API Gateway refuses to throttle {key}, which is no route");
    }
    Ok(())
}

#[test]
fn every_function_that_hashes_passwords_is_bounded_and_throttled() -> Outcome {
    let template = template()?;
    let throttled = throttled(&template);
    let mut found = 0;
    for function in Template::read(&Template::path())?.functions() {
        let properties = &template["Resources"][&function.logical_id]["Properties"];
        if properties["MemorySize"] != 1769 {
            continue;
        }
        found += 1;
        assert_eq!(properties["ReservedConcurrentExecutions"][0], "ReservesHashing", "{}", function.operation);
        for route in function.routes {
            assert!(throttled.contains_key(&format!("{} {}", route.method, route.path)), "the route of {}", function.operation);
        }
    }
    assert!(found >= 5);
    Ok(())
}

/// Every statement of a resource's own policy that admits a service of AWS, by the name of the resource.
fn admitting_services(template: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (name, resource) in template["Resources"].as_object().into_iter().flatten() {
        let properties = &resource["Properties"];
        for policy in ["KeyPolicy", "PolicyDocument", "ResourcePolicy"] {
            let statements = properties[policy]["Statement"].as_array().into_iter().flatten();
            let admitting = statements.filter(|statement| statement["Principal"].get("Service").is_some());
            found.extend(admitting.map(|statement| (name.clone(), statement["Condition"].clone())));
        }
        if resource["Type"] == "AWS::Lambda::Permission" {
            let condition = json!({"StringEquals": {"aws:SourceAccount": properties["SourceAccount"]}});
            found.push((name.clone(), condition));
        }
    }
    found
}

#[test]
fn a_service_of_aws_is_admitted_on_behalf_of_this_account_alone() -> Outcome {
    let mut found = admitting_services(&template()?);
    for stack in ["alarms.yaml", "edge.yaml"] {
        found.extend(admitting_services(&serde_saphyr::from_str(&fs::read_to_string(Template::path().with_file_name(stack))?)?));
    }
    let names: BTreeSet<_> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert!(
        names.is_superset(&BTreeSet::from(["AlarmTopicPolicy", "MailEventsKey", "MailEventsTopicPolicy", "RotateKeysPermission"])),
        "{names:?}"
    );
    for (name, condition) in &found {
        assert_eq!(condition["StringEquals"]["aws:SourceAccount"], "AWS::AccountId", "{name} serves every account of the service");
    }
    Ok(())
}

#[test]
fn the_log_of_requests_is_json_and_tells_of_nobody() -> Outcome {
    let template = template()?;
    let format = template.pointer("/Resources/StorefrontApi/Properties/AccessLogSettings/Format").and_then(Value::as_str);
    let line: Map<String, Value> = serde_json::from_str(format.unwrap_or_default())?;
    let impersonal = [
        "$context.requestId",
        "$context.requestTimeEpoch",
        "$context.routeKey",
        "$context.status",
        "$context.responseLength",
        "$context.responseLatency",
        "$context.integrationStatus",
        "$context.integrationLatency",
        "$context.integration.error",
        "$context.error.responseType",
    ];
    for (name, value) in &line {
        assert!(impersonal.contains(&value.as_str().unwrap_or_default()), "{name} may tell of somebody");
    }
    for needed in ["requestId", "routeKey", "status", "latency"] {
        assert!(line.contains_key(needed), "{needed}");
    }
    Ok(())
}

#[test]
fn what_no_account_is_found_without_outlives_the_stack() -> Outcome {
    let template = template()?;
    let mut kept = BTreeSet::new();
    for kind in ["AWS::DynamoDB::Table", "AWS::SecretsManager::Secret"] {
        for (name, resource) in of_type(&template, kind) {
            let properties = &resource["Properties"];
            let key = properties.pointer("/SSESpecification/KMSMasterKeyId").or_else(|| properties.get("KmsKeyId"));
            let key = key.and_then(Value::as_str).and_then(|key| key.split('.').next()).unwrap_or_default();
            kept.extend([name.as_str(), key]);
        }
    }
    assert_eq!(
        kept.iter().copied().collect::<Vec<_>>(),
        ["AccountsTable", "DataKey", "DeletionLedger", "IndexKeySecret", "SigningRootSecret"]
    );
    for name in kept {
        let resource = &template["Resources"][name];
        assert_eq!(
            (resource["DeletionPolicy"].as_str(), resource["UpdateReplacePolicy"].as_str()),
            (Some("Retain"), Some("Retain")),
            "{name}"
        );
    }
    Ok(())
}

#[test]
fn cloudfront_sets_the_headers_that_the_functions_read() -> Outcome {
    let edge: Value = serde_saphyr::from_str(&fs::read_to_string(Template::path().with_file_name("edge.yaml"))?)?;
    let set = |pointer: &str| edge.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let distribution = "/Resources/Distribution/Properties/DistributionConfig";
    assert_eq!(set(&format!("{distribution}/Origins/0/OriginCustomHeaders/0/HeaderName")), SECRET);
    assert_eq!(set(&format!("{distribution}/Origins/0/OriginCustomHeaders/0/HeaderValue")), "EdgeSecret");
    assert_eq!(
        set(&format!("{distribution}/DefaultCacheBehavior/FunctionAssociations/0/FunctionARN")),
        "Viewer.FunctionMetadata.FunctionARN"
    );
    assert!(set("/Resources/Viewer/Properties/FunctionCode").contains(&format!("request.headers['{VIEWER}'] = ")));
    Ok(())
}
