//! `openapi.yaml`: its routes, examples and schemas are those of the functions. That every answer of every other test is
//! one that it describes is held where the tests send their requests.

use std::{collections::BTreeSet, fs, path::Path};

use local::{
    functions::handlers,
    template::{Function, Template},
};
use serde_json::{Value, json};
use shared::http::Side;
use tests::{
    Answer, Failure, Outcome, Shop,
    openapi::{Described, document},
};

/// The operations whose examples rest on a mail, a password, a session, an account or a key of another shop: well-formed, and of no use
/// here.
const OUT_OF_DATE: &[&str] = &[
    "verify-code",
    "login",
    "reset-password",
    "refresh-session",
    "logout",
    "change-password",
    "change-email",
    "admin/delete-account",
    "record-order",
    "annotate-account",
    "allow-mail",
    "cancel-invites",
    "hold-account",
    "lift-block",
    "revoke-key",
];

fn described(operation: &str, side: Side) -> Result<&'static Described, Failure> {
    let found = document()?.operations.iter().find(|described| (described.name.as_str(), described.route.side()) == (operation, side));
    found.ok_or_else(|| format!("{operation} is not described").into())
}

/// Who has to ask for this operation, by the name of its security scheme.
fn caller(operation: &Described) -> Result<Option<&'static str>, Failure> {
    let path = operation.route.path.replace('/', "~1");
    let scheme = document()?.source.pointer(&format!("/paths/{path}/{}/security/0", operation.route.method.to_lowercase()));
    Ok(scheme.and_then(Value::as_object).and_then(|scheme| scheme.keys().next()).map(String::as_str))
}

#[test]
fn the_document_has_the_routes_of_the_template_and_no_others() -> Outcome {
    let template = Template::read(&Template::path())?;
    let deployed: BTreeSet<_> = template
        .functions()
        .flat_map(|Function { operation, routes, .. }| routes.into_iter().map(move |route| (operation.clone(), route.method, route.path)))
        .collect();
    let described = document()?.operations.iter();
    let described: BTreeSet<_> =
        described.map(|operation| (operation.name.clone(), operation.route.method.clone(), operation.route.path.clone())).collect();
    assert_eq!(described, deployed);
    Ok(())
}

#[test]
fn every_operation_is_described_with_the_method_and_the_success_that_it_has() -> Outcome {
    for (operation, handler) in handlers() {
        for endpoint in handler.endpoints {
            let described = described(operation, endpoint.side)?;
            assert_eq!(described.route.method, endpoint.method.as_str(), "{operation}");
            let successes: Vec<_> = described.answers.keys().filter(|status| (200..300).contains(*status)).collect();
            assert_eq!(successes, [&endpoint.success.as_u16()], "{operation}");
        }
    }
    Ok(())
}

#[test]
fn every_body_has_an_example_and_every_example_is_one_that_its_schema_takes() -> Outcome {
    for operation in &document()?.operations {
        let (name, form) = (&operation.name, operation.form.as_ref());
        let answers = operation.answers.iter().map(|(status, answer)| (*status, answer));
        let contents = answers.clone().flat_map(|(status, answer)| answer.contents.iter().map(move |content| (status, content)));
        for (status, content) in contents.chain(form.map(|form| (0, &form.content))) {
            assert!(!content.examples.is_empty(), "{name} {status} has no example");
            for (example, body) in &content.examples {
                assert_eq!(content.read(body), Ok(()), "{name} {status} {example}");
                assert!(status < 400 || body["status"] == json!(status), "{name} {status} {example}");
            }
        }
        for (header, promised) in answers.flat_map(|(_, answer)| &answer.headers) {
            let example = promised.example.as_str().map_or_else(|| promised.example.to_string(), str::to_owned);
            assert_eq!(promised.read(&example), Ok(()), "{name} {header}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_example_of_a_request_is_one_that_its_operation_can_read() -> Outcome {
    let shop = Shop::open().await?;
    for operation in &document()?.operations {
        for (example, body) in operation.form.iter().flat_map(|form| &form.content.examples) {
            shop.wait_a_day();
            let mut request = shop.ask(&operation.asked_as).json(body);
            if let Some(scheme) = caller(operation)? {
                let token = match scheme {
                    "merchant" => shop.owner_key.clone(),
                    _ => shop.customer_without_password(&format!("{example}@{}.example", operation.name)).await?.access_token(),
                };
                request = request.bearer(&token);
            }
            let answer = request.send().await;
            assert!(![400, 413, 415, 422].contains(&answer.status), "{} {example}: {answer:?}", operation.name);
            assert!(OUT_OF_DATE.contains(&operation.asked_as.as_str()) || answer.status < 300, "{} {example}: {answer:?}", operation.name);
        }
    }
    Ok(())
}

#[test]
fn every_event_is_a_request_and_a_status_that_are_described() -> Outcome {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    for operation in &document()?.operations {
        for file in fs::read_dir(events.join(&operation.name))? {
            let path = file?.path();
            let name = format!("{}/{}", operation.name, path.file_name().unwrap_or_default().to_string_lossy());
            let status: u16 = name.split(['/', '-']).find_map(|part| part.parse().ok()).ok_or("a name without a status")?;
            let event: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
            if event["routeKey"] != format!("{} {}", operation.route.method, operation.route.path) {
                continue;
            }
            assert!(operation.answers.contains_key(&status), "{name}");
            if let (Some(form), 200..=299) = (&operation.form, status) {
                let body = event["body"].as_str().unwrap_or_default();
                assert_eq!(form.read(filled_in(body, form.content.examples.values())?.as_bytes()), Ok(()), "{name}");
            }
        }
    }
    Ok(())
}

/// The body of an event, with what the examples have in the place of its placeholders.
fn filled_in<'a>(body: &str, examples: impl Iterator<Item = &'a Value> + Clone) -> Result<String, Failure> {
    let mut body: Value = serde_json::from_str(body)?;
    for (name, value) in body.as_object_mut().into_iter().flatten() {
        if value.as_str().is_some_and(|text| text.starts_with("${")) {
            *value = examples.clone().find_map(|example| example.get(name)).ok_or_else(|| format!("no example of {name}"))?.clone();
        }
    }
    Ok(body.to_string())
}

#[test]
fn every_object_of_the_document_is_closed() -> Outcome {
    let schemas = document()?.source["components"]["schemas"].as_object().ok_or("no schemas")?;
    for (name, schema) in schemas.iter().filter(|(name, _)| *name != "Problem") {
        let closed = schema.get("additionalProperties").or_else(|| schema.get("unevaluatedProperties"));
        let is_object = schema["type"] == "object" || schema.get("properties").is_some();
        assert!(!is_object || closed == Some(&json!(false)), "{name} lets pass what it does not describe");
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_that_is_not_described_is_found_out() -> Outcome {
    let shop = Shop::open().await?;
    let request = json!({"email": "ada@example.com"});
    let sent = shop.post("send-code", request.clone()).await;
    let operation = described("send-code", Side::Storefront)?;
    let held = |request: &Value, answer: &Answer| operation.refuse(request.to_string().as_bytes(), answer).is_ok();
    assert!(held(&request, &sent));

    let changed = |change: fn(&mut Answer)| {
        let mut answer = sent.clone();
        change(&mut answer);
        answer
    };
    for wrong in [
        changed(|answer| answer.status = 201),
        changed(|answer| answer.body["account_exists"] = json!(true)),
        changed(|answer| answer.body["expires_in"] = json!("600")),
        changed(|answer| (answer.body, answer.raw) = (Value::Null, String::new())),
        changed(|answer| drop(answer.body.as_object_mut().and_then(|body| body.remove("challenge_id")))),
        changed(|answer| drop(answer.headers.remove("cache-control"))),
        changed(|answer| drop(answer.headers.insert("cache-control".to_owned(), "public".to_owned()))),
        changed(|answer| drop(answer.headers.insert("set-cookie".to_owned(), "session=1".to_owned()))),
        changed(|answer| drop(answer.headers.insert("content-type".to_owned(), "text/html".to_owned()))),
    ] {
        assert!(!held(&request, &wrong), "{wrong:?}");
    }
    assert!(!held(&json!({"email": "ada@example.com", "admin": true}), &sent), "a body that the document forbids was taken");
    Ok(())
}
