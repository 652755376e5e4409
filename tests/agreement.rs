//! One operation, one word: folder, binary, source, route, template entry, watch route, events, README and tests agree.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use local::{
    functions::{command_handlers, handlers, rotating, scheduled, subscribed},
    template::{Function, Route, Template},
};
use serde_json::Value;
use shared::http::Side;
use tests::Outcome;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn names(folder: &str) -> Result<BTreeSet<String>, std::io::Error> {
    let entries = fs::read_dir(root().join(folder))?.collect::<Result<Vec<_>, _>>()?;
    Ok(entries.iter().filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

fn pascal(operation: &str) -> String {
    operation.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

#[test]
fn every_operation_has_the_same_name_everywhere() -> Outcome {
    let template = Template::read(&Template::path())?;
    let functions: Vec<Function> = template.functions().collect();
    let operations = names("functions")?;
    assert_eq!(
        functions.iter().map(|function| function.operation.clone()).collect::<BTreeSet<_>>(),
        operations,
        "functions/ and the template"
    );
    assert_eq!(names("events")?, operations, "events/");
    let routed: BTreeSet<_> =
        functions.iter().filter(|function| !function.routes.is_empty()).map(|function| function.operation.as_str()).collect();
    assert_eq!(handlers().into_keys().collect::<BTreeSet<_>>(), routed, "the local shop's handlers");
    let clocked: BTreeSet<_> = template.schedules()?.into_iter().map(|(operation, _)| operation).collect();
    assert_eq!(scheduled().into_keys().map(str::to_owned).collect::<BTreeSet<_>>(), clocked, "the local shop's handlers for the clock");
    let rotates = |function: &&Function| template.rotations().iter().any(|(_, rotation)| *rotation == function.logical_id);
    let of_secrets: BTreeSet<_> = functions.iter().filter(rotates).map(|function| function.operation.as_str()).collect();
    assert_eq!(rotating().into_keys().collect::<BTreeSet<_>>(), of_secrets, "the local shop's handlers for Secrets Manager");
    let told: BTreeSet<_> = template.subscribed().collect();
    assert_eq!(subscribed().into_keys().map(str::to_owned).collect::<BTreeSet<_>>(), told, "the local shop's handlers for topics");
    let of_the_operator = |function: &&Function| {
        let operation = &function.operation;
        operation != "send-mail" && !clocked.contains(operation) && !told.contains(operation) && !rotates(function)
    };
    let invoked = functions.iter().filter(|function| function.routes.is_empty()).filter(of_the_operator);
    let invoked: BTreeSet<_> = invoked.map(|function| function.operation.as_str()).collect();
    assert_eq!(command_handlers().into_keys().collect::<BTreeSet<_>>(), invoked, "the local shop's handlers for the operator");

    let (readme, workspace, main) = (
        fs::read_to_string(root().join("README.md"))?,
        fs::read_to_string(root().join("Cargo.toml"))?,
        fs::read_to_string(root().join("tests/main.rs"))?,
    );
    for Function { logical_id, operation, routes } in functions.clone() {
        let snake = operation.replace('-', "_");
        assert_eq!(logical_id, format!("{}Function", pascal(&operation)), "the template's name");
        let manifest = fs::read_to_string(root().join(format!("functions/{operation}/Cargo.toml")))?;
        assert!(manifest.contains(&format!("[[bin]]\nname = \"{operation}\"")), "the binary of {operation}");
        assert!(root().join(format!("shared/src/operations/{snake}.rs")).is_file(), "the source of {operation}");
        assert!(readme.contains(&format!("### `{operation}`")), "the README on {operation}");
        assert!(main.contains(&format!("mod {snake};")), "the tests of {operation}");
        for route in routes {
            let word = if operation == "jwks" { "jwks.json" } else { &operation };
            let path = if route.side() == Side::Merchant { format!("/{{store}}/admin/{word}") } else { route.path.clone() };
            assert!(route.path == path && path.starts_with("/{store}/") && path.ends_with(&format!("/{word}")), "the route of {operation}");
            let watched = format!("\"{}\" = [{{ method = \"{}\", function = \"{operation}\" }}]", route.path, route.method);
            assert!(workspace.contains(&watched), "the watch route of {operation}");
        }
    }
    let watched = workspace.lines().filter(|line| line.starts_with("\"/{store}/")).count();
    assert_eq!(watched, functions.iter().map(|function| function.routes.len()).sum::<usize>(), "no watch route without a function");
    Ok(())
}

#[test]
fn every_route_is_on_the_side_of_the_caller_that_its_function_reads() -> Outcome {
    let handlers = handlers();
    for Function { operation, routes, .. } in Template::read(&Template::path())?.functions() {
        let sides = handlers.get(operation.as_str()).into_iter().flat_map(|handler| &handler.endpoints).map(|endpoint| endpoint.side);
        assert_eq!(routes.iter().map(Route::side).collect::<Vec<_>>(), sides.collect::<Vec<_>>(), "{operation}");
    }
    Ok(())
}

#[test]
fn every_route_has_an_event_that_succeeds_and_one_that_fails() -> Outcome {
    for Function { operation, routes, .. } in Template::read(&Template::path())?.functions() {
        let mut statuses = BTreeSet::new();
        for file in fs::read_dir(root().join("events").join(&operation))? {
            let path = file?.path();
            let event: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            statuses.insert((event["routeKey"].as_str().unwrap_or_default().to_owned(), name.chars().next()));
        }
        for route in routes {
            let key = format!("{} {}", route.method, route.path);
            for class in ['2', '4'] {
                assert!(statuses.contains(&(key.clone(), Some(class))), "an event of {class}xx for {key}");
            }
        }
    }
    Ok(())
}

#[test]
fn every_operation_has_an_event_that_succeeds_and_one_that_fails() -> Outcome {
    for operation in names("events")? {
        let files = fs::read_dir(root().join("events").join(&operation))?.collect::<Result<Vec<_>, _>>()?;
        let names: Vec<_> = files.iter().map(|file| file.file_name().to_string_lossy().into_owned()).collect();
        let some = |prefixes: &[&str]| names.iter().any(|name| prefixes.iter().any(|prefix| name.starts_with(prefix)));
        assert!(some(&["2", "ok-sent", "ok-every-minute", "ok-4-finish-secret", "ok-bounce"]), "an event that succeeds for {operation}");
        assert!(some(&["4", "ok-unreadable", "error-"]), "an event that fails for {operation}");
        for file in files {
            serde_json::from_str::<serde_json::Value>(&fs::read_to_string(file.path())?)?;
        }
    }
    Ok(())
}

#[test]
fn a_functions_main_wires_and_decides_nothing() -> Outcome {
    for operation in names("functions")? {
        let main = fs::read_to_string(root().join(format!("functions/{operation}/src/main.rs")))?;
        assert!(main.lines().count() <= 25, "{operation} is wiring");
        for word in ["if ", "match ", "loop", "while ", "for "] {
            assert!(!main.contains(&format!("    {word}")), "{operation} decides nothing");
        }
    }
    Ok(())
}

/// What the functions' policies let this one do with the table.
fn actions(template: &Value, function: &Function) -> BTreeSet<String> {
    let statements = template.pointer(&format!("/Resources/{}/Properties/Policies/0/Statement", function.logical_id));
    let actions = statements.and_then(Value::as_array).into_iter().flatten().filter_map(|statement| statement.get("Action"));
    let each = actions.flat_map(|action| action.as_array().cloned().unwrap_or_else(|| vec![action.clone()]));
    each.filter_map(|action| action.as_str().map(str::to_owned)).collect()
}

#[test]
fn every_function_that_staff_ask_may_record_a_key_that_it_refuses() -> Outcome {
    let template: Value = serde_saphyr::from_str(&fs::read_to_string(Template::path())?)?;
    let for_staff = |function: &Function| function.routes.iter().any(|route| route.side() == Side::Merchant);
    for function in Template::read(&Template::path())?.functions().filter(for_staff) {
        let actions = actions(&template, &function);
        for needed in ["dynamodb:PutItem", "dynamodb:UpdateItem"] {
            let operation = &function.operation;
            assert!(actions.contains(needed), "{operation} lacks {needed}: give it the statements `Put` and `Update` of ListKeysFunction");
        }
    }
    Ok(())
}

#[test]
fn every_example_that_verifies_a_token_allows_for_a_clock_that_is_a_minute_off() -> Outcome {
    let readme = fs::read_to_string(root().join("README.md"))?;
    let verifying: Vec<_> = readme.split("```").skip(1).step_by(2).filter(|block| block.contains("at+jwt")).collect();
    assert!(verifying.len() >= 2, "the examples were found");
    for example in verifying {
        assert!(["clockTolerance: 60", "leeway=60"].iter().any(|leeway| example.contains(leeway)), "{example}");
    }
    Ok(())
}

#[test]
fn the_command_line_trims_as_the_api_does() {
    for character in (char::MIN..=char::MAX).filter(|character| !character.is_ascii_alphanumeric()) {
        let text = format!("{character}a{character}");
        assert_eq!(vestibule::import::record::trim(&text), shared::domain::unicode::trim(&text), "{}", u32::from(character));
    }
}
