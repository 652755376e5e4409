//! What stands beside the template: the manual, the workflow, its roles, and the template of a restore. They speak of the
//! template's own names, and of nothing that it does not have.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use local::template::ACCOUNTS_TABLE;
use serde_json::Value;
use tests::{Failure, Outcome};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(crate) fn text(path: &str) -> Result<String, Failure> {
    Ok(fs::read_to_string(root().join(path))?)
}

pub(crate) fn yaml(path: &str) -> Result<Value, Failure> {
    Ok(serde_saphyr::from_str(&text(path)?)?)
}

/// The names in these parts of a template.
fn names(template: &Value, parts: &[&str]) -> BTreeSet<String> {
    parts.iter().filter_map(|part| template.get(part)?.as_object()).flat_map(|part| part.keys().cloned()).collect()
}

/// Every text anywhere under these fields.
fn texts_under(value: &Value, field: &str) -> Vec<String> {
    let of_this = |value: &Value| match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    };
    match value {
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, value)| if name == field { of_this(value) } else { texts_under(value, field) }).collect()
        }
        Value::Array(values) => values.iter().flat_map(|value| texts_under(value, field)).collect(),
        _ => Vec::new(),
    }
}

/// Whether an action is one that this pattern allows.
fn allows(pattern: &str, action: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| action.strip_prefix(first)) else { return false };
    let parts: Vec<_> = parts.collect();
    for part in &parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    parts.last().map_or(rest.is_empty(), |last| last.is_empty() || action.ends_with(last))
}

#[test]
fn the_manual_names_nothing_that_the_templates_do_not_have() -> Outcome {
    let (template, github) = (yaml("infra/template.yaml")?, yaml("infra/github.yaml")?);
    let parts = ["Parameters", "Outputs", "Resources"];
    let known: BTreeSet<_> = names(&template, &parts).into_iter().chain(names(&github, &parts)).collect();
    let of_aws = ["AdministratorAccess", "AutoPublishAlias", "DeploymentPreference", "ExpiredToken", "Retain"];
    let manual = text("infra/README.md")?;

    let is_name =
        |word: &str| word.starts_with(char::is_uppercase) && word.contains(char::is_lowercase) && word.chars().all(char::is_alphanumeric);
    let mut named: BTreeSet<&str> = manual.split('`').skip(1).step_by(2).filter(|word| is_name(word)).collect();
    let words: Vec<_> = manual.split_whitespace().collect();
    for pair in words.windows(2) {
        if pair[0].ends_with("output") || pair[0] == "--logical-resource-id" {
            named.insert(pair[1].trim_matches(|character: char| !character.is_alphanumeric()));
        }
    }
    named.retain(|name| is_name(name) && !of_aws.contains(name));
    // SAM's own stack.
    named.remove("SamCliSourceBucket");
    assert!(
        ["AllowedOrigins", "ApiUrl", "IndexKeySecret", "DeployRoleArn", "ReapplyDeletionsFunctionName"]
            .iter()
            .all(|name| named.contains(name))
    );
    let unknown: Vec<_> = named.into_iter().filter(|name| !known.contains(*name)).collect();
    assert_eq!(unknown, Vec::<&str>::new());
    Ok(())
}

#[test]
fn what_the_manual_runs_and_links_to_is_there() -> Outcome {
    let manual = text("infra/README.md")?;
    for target in manual.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|target| !target.starts_with("http")) {
        let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
        let file = if path.is_empty() { "infra/README.md".to_owned() } else { format!("infra/{path}") };
        assert!(root().join(&file).exists(), "{target}");
        if !anchor.is_empty() {
            let anchors: BTreeSet<String> = text(&file)?
                .lines()
                .filter_map(|line| line.strip_prefix('#'))
                .map(|heading| {
                    let heading = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
                    heading.chars().filter(|character| character.is_alphanumeric() || *character == '-').collect()
                })
                .collect();
            assert!(anchors.contains(anchor), "{target}");
        }
    }
    Ok(())
}

#[test]
fn what_is_deployed_is_compiled_from_what_is_there_and_may_be_run_by_lambda() -> Outcome {
    // SAM would look for changes in the folder of a function alone, and most of the code is in `shared`.
    assert!(!text("infra/samconfig.toml")?.lines().any(|line| line.trim_start().starts_with("cached")));
    // The manual keeps to its reader what it writes down; a program that only its owner may run does not start.
    let manual = text("infra/README.md")?;
    let builds: Vec<_> = manual.split("```").skip(1).step_by(2).flat_map(str::lines).filter(|line| line.contains("sam build")).collect();
    assert_eq!(builds, [r#"build() { (umask 022 && sam build "$@"); }"#]);
    Ok(())
}

#[test]
fn what_the_workflow_reads_is_what_the_manual_says_to_set() -> Outcome {
    let (workflow, manual) = (text(".github/workflows/deploy.yml")?, text("infra/README.md")?);
    let mut read = BTreeSet::new();
    for context in ["vars.", "secrets."] {
        let names = workflow
            .split(context)
            .skip(1)
            .filter_map(|rest| rest.split(|character: char| !(character.is_ascii_uppercase() || character == '_')).next());
        read.extend(names.map(str::to_owned));
    }
    assert_eq!(read.len(), 7, "{read:?}");
    for name in read {
        assert!(manual.contains(&format!("`{name}`")), "{name}");
    }
    // No key of AWS: its credentials come for a token, which one job alone may ask for.
    assert!(!workflow.contains("aws-access-key-id") && !workflow.contains("AWS_SECRET_ACCESS_KEY"));
    assert_eq!((workflow.matches("id-token: write").count(), workflow.matches("role-to-assume").count()), (1, 1));
    Ok(())
}

const WORKFLOWS: [&str; 3] = [".github/workflows/ci.yml", ".github/workflows/dependencies.yml", ".github/workflows/deploy.yml"];

#[test]
fn the_job_that_may_ask_for_a_token_runs_no_code_of_others() -> Outcome {
    let workflow = yaml(".github/workflows/deploy.yml")?;
    let jobs = workflow["jobs"].as_object().ok_or("no jobs")?;
    let holding: Vec<_> = jobs.iter().filter(|(_, job)| job["permissions"]["id-token"] == "write").collect();
    let [(name, job)] = holding.as_slice() else { return Err("one job holds the token".into()) };
    assert_eq!(workflow["permissions"], serde_json::json!({"contents": "read"}));
    assert_eq!((name.as_str(), &job["permissions"]), ("deploy", &serde_json::json!({"id-token": "write"})));

    let steps = job["steps"].as_array().ok_or("no steps")?;
    let action = |step: &Value| Some(step["uses"].as_str()?.split('@').next()?.to_owned());
    assert_eq!(steps.iter().filter_map(action).collect::<Vec<_>>(), ["actions/download-artifact", "aws-actions/configure-aws-credentials"]);
    // What the runner has installed; nothing that was unpacked.
    let installed = ["aws", "echo", "sam", "sha256sum", "tar"];
    let scripts = steps.iter().filter_map(|step| step["run"].as_str());
    let commands = scripts.flat_map(str::lines).flat_map(|line| line.split(" | ")).map(str::trim).filter(|line| !line.starts_with("--"));
    for command in commands {
        let program = command.split_once("=$(").map_or(command, |(_, inner)| inner).split(' ').next().unwrap_or_default();
        assert!(installed.contains(&program), "{command}");
    }
    Ok(())
}

#[test]
fn every_action_is_pinned_by_commit_and_says_its_version() -> Outcome {
    let mut found = 0;
    for workflow in WORKFLOWS {
        let workflow = text(workflow)?;
        for used in workflow.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: ")) {
            let pinned = used.split_once('@').and_then(|(_, pin)| pin.split_once(" # v"));
            let (commit, version) = pinned.ok_or_else(|| format!("{used}: no commit with a version"))?;
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{used}");
            assert!(version.split('.').count() == 3 && version.split('.').all(|part| part.parse::<u16>().is_ok()), "{used}");
            found += 1;
        }
    }
    assert!(found > 8, "{found}");
    Ok(())
}

#[test]
fn pip_installs_nothing_whose_digest_is_not_listed() -> Outcome {
    let (direct, listed) = (text(".ci/requirements.in")?, text(".ci/requirements.txt")?);
    let listed = listed.replace("\\\n", " ");
    let entries: Vec<_> = listed.lines().filter(|line| line.starts_with(char::is_alphanumeric)).collect();
    assert!(entries.len() > 100, "{}", entries.len());
    for entry in &entries {
        let version = entry.split(' ').next().unwrap_or_default();
        assert!(version.contains("==") && entry.contains("--hash=sha256:"), "{version}");
    }
    for wanted in direct.lines().filter(|line| line.contains("==") && !line.starts_with('#')) {
        assert!(entries.iter().any(|entry| entry.starts_with(&format!("{wanted} "))), "{wanted}: compile .ci/requirements.txt again");
    }

    let places = [".ci/run", ".ci/end-to-end", ".ci/openapi/fuzz", "README.md", "infra/README.md", "CONTRIBUTING.md"];
    let mut installs = 0;
    for place in places.iter().chain(&WORKFLOWS) {
        // PyJWT is an example of what a shop's own server needs.
        for line in text(place)?.lines().filter(|line| line.contains("pip") && line.contains(" install ") && !line.contains("pyjwt")) {
            assert!(line.contains("--require-hashes"), "{place}: {line}");
            installs += 1;
        }
    }
    assert!(installs >= 6, "{installs}");
    Ok(())
}

#[test]
fn no_function_needs_more_than_the_boundary_allows() -> Outcome {
    let (template, github) = (yaml("infra/template.yaml")?, yaml("infra/github.yaml")?);
    let boundary = texts_under(github.pointer("/Resources/FunctionBoundary").ok_or("no boundary")?, "Action");
    let functions = template.pointer("/Resources").and_then(Value::as_object).ok_or("no resources")?;
    let is_function = |resource: &&Value| resource.get("Type").and_then(Value::as_str) == Some("AWS::Serverless::Function");
    let mut needed: BTreeSet<String> = BTreeSet::new();
    for function in functions.values().filter(is_function) {
        needed.extend(texts_under(function.pointer("/Properties/Policies").unwrap_or(&Value::Null), "Action"));
    }
    assert!(needed.contains("dynamodb:BatchGetItem") && needed.contains("ses:SendEmail"), "{needed:?}");
    let beyond: Vec<_> = needed.iter().filter(|action| !boundary.iter().any(|pattern| allows(pattern, action))).collect();
    assert_eq!(beyond, Vec::<&String>::new(), "give FunctionBoundary of infra/github.yaml what the policies ask for");
    Ok(())
}

#[test]
fn the_role_that_changes_the_stack_knows_every_service_of_the_template() -> Outcome {
    let (template, github) = (yaml("infra/template.yaml")?, yaml("infra/github.yaml")?);
    let allowed = texts_under(github.pointer("/Resources/ChangeRole").ok_or("no role")?, "Action");
    let services: BTreeSet<_> = allowed.iter().filter_map(|action| action.split(':').next()).collect();
    // SAM's own kinds become those of these services.
    let renamed = BTreeMap::from([("serverless", "lambda"), ("apigatewayv2", "apigateway")]);
    for kind in texts_under(&template["Resources"], "Type").iter().filter_map(|kind| kind.strip_prefix("AWS::")) {
        let service = kind.split(':').next().unwrap_or_default().to_lowercase();
        let service = renamed.get(service.as_str()).copied().unwrap_or(&service);
        assert!(services.contains(service), "{kind}: give ChangeRole of infra/github.yaml what it needs");
    }
    Ok(())
}

#[test]
fn the_role_that_changes_the_stack_deletes_no_key_that_is_to_stay() -> Outcome {
    let (template, github) = (yaml("infra/template.yaml")?, yaml("infra/github.yaml")?);
    let statements = github.pointer("/Resources/ChangeRole/Properties/Policies/0/PolicyDocument/Statement");
    let statements = statements.and_then(Value::as_array).ok_or("no statements")?;
    let deletes = |statement: &&Value| texts_under(statement, "Action").iter().any(|action| allows(action, "kms:ScheduleKeyDeletion"));
    let deleting: Vec<_> = statements.iter().filter(|statement| statement["Effect"] == "Allow").filter(deletes).collect();
    assert_eq!(deleting.len(), 1);
    let purpose = deleting[0].pointer("/Condition/StringEquals/aws:ResourceTag~1Purpose").ok_or("any key")?;

    let keys = template["Resources"].as_object().ok_or("no resources")?.values().filter(|resource| resource["Type"] == "AWS::KMS::Key");
    for key in keys {
        let tags = key.pointer("/Properties/Tags").and_then(Value::as_array).ok_or("no tags")?;
        let may_go = tags.iter().any(|tag| tag["Key"] == "Purpose" && tag["Value"] == *purpose);
        assert_eq!(may_go, key["DeletionPolicy"] == "Delete", "{key}");
    }
    Ok(())
}

#[test]
fn only_one_environment_of_one_repository_gets_the_role() -> Outcome {
    let github = yaml("infra/github.yaml")?;
    let condition =
        github.pointer("/Resources/DeployRole/Properties/AssumeRolePolicyDocument/Statement/0/Condition").ok_or("no condition")?;
    let equals = condition.get("StringEquals").and_then(Value::as_object).ok_or("compared as a whole")?;
    assert_eq!(condition.as_object().map(serde_json::Map::len), Some(1));
    assert_eq!(equals["token.actions.githubusercontent.com:aud"], "sts.amazonaws.com");
    assert_eq!(equals["token.actions.githubusercontent.com:sub"], "repo:${Repository}:environment:${Stage}");
    Ok(())
}

const OTHER: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/vestibule-prod-restored-202611220900";

fn with_table(arguments: &[&str]) -> Result<(bool, String), Failure> {
    let written = Command::new(root().join("infra/with-table")).args(arguments).output()?;
    Ok((written.status.success(), String::from_utf8(written.stdout)?))
}

#[test]
fn the_template_of_a_restore_has_the_other_table_wherever_it_had_its_own() -> Outcome {
    let stream = format!("{OTHER}/stream/2026-11-22T09:30:00.000");
    let (done, restored) = with_table(&[OTHER, &stream])?;
    assert!(done && !restored.lines().any(|line| line.contains(ACCOUNTS_TABLE)), "nothing speaks of the stack's own");
    let (template, restored): (Value, Value) = (yaml("infra/template.yaml")?, serde_saphyr::from_str(&restored)?);

    let mut left = names(&template, &["Resources"]);
    left.remove(ACCOUNTS_TABLE);
    assert_eq!(names(&restored, &["Resources"]), left, "nothing else goes");
    assert_eq!(
        (names(&restored, &["Parameters"]), names(&restored, &["Outputs"])),
        (names(&template, &["Parameters"]), names(&template, &["Outputs"]))
    );

    let of = |template: &Value, field: &str| texts_under(&template["Resources"], field);
    let (name, before) = (OTHER.rsplit('/').next().ok_or("a name")?, of(&template, "TABLE_NAME"));
    assert!(!before.is_empty() && before.iter().all(|name| name == ACCOUNTS_TABLE), "{before:?}");
    let after = of(&restored, "TABLE_NAME");
    assert!(after.len() == before.len() && after.iter().all(|after| after == name), "{after:?}");
    assert_eq!(of(&restored, "Stream"), [stream]);
    assert_eq!(restored.pointer("/Outputs/TableName/Value"), Some(&Value::from(name)));
    assert_eq!(of(&restored, "LEDGER_NAME"), of(&template, "LEDGER_NAME"), "the ledger is not restored");
    Ok(())
}

#[test]
fn what_is_no_table_makes_no_template() -> Outcome {
    for arguments in [&[][..], &[OTHER], &["vestibule", "stream"], &[OTHER, "arn:aws:dynamodb:eu-west-1:123456789012:table/other/stream/1"]]
    {
        assert_eq!(with_table(arguments)?, (false, String::new()), "{arguments:?}");
    }
    Ok(())
}
