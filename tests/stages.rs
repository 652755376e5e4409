//! Several stages in one account: neither the functions of one nor its pipeline reach another.

use std::collections::BTreeMap;

use local::policy::like;
use serde_json::Value;
use tests::{Failure, Outcome};

use crate::deployment::{text, yaml};

/// Names that begin alike or end alike: what a pattern could confuse.
const STAGES: [(&str, &str); 5] = [("staging", "prod"), ("prod", "staging"), ("prod", "prod2"), ("prod", "production"), ("p", "prod")];

/// A request to AWS, as IAM sees it.
struct Call {
    action: String,
    resource: String,
    context: BTreeMap<&'static str, String>,
}

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:eu-west-1:123456789012:{resource}")
}

/// What a stage has, each with the service whose actions are about it. The template tags all of it.
fn resources(stage: &str) -> Vec<(&'static str, String)> {
    let table = format!("table/vestibule-{stage}-AccountsTable-1A2B");
    vec![
        ("apigateway", "arn:aws:apigateway:eu-west-1::/apis/a1b2c3".to_owned()),
        ("cloudformation", arn("cloudformation", &format!("stack/vestibule-{stage}/0a1b"))),
        ("cloudformation", arn("cloudformation", &format!("stack/vestibule-{stage}-Alarms-1A2B/0a1b"))),
        ("cloudwatch", arn("cloudwatch", &format!("alarm:vestibule-{stage}-bounces"))),
        ("cloudwatch", format!("arn:aws:cloudwatch::123456789012:dashboard/vestibule-{stage}")),
        ("dynamodb", arn("dynamodb", &table)),
        ("dynamodb", arn("dynamodb", &format!("{table}/index/lists"))),
        ("dynamodb", arn("dynamodb", &format!("{table}/stream/2026-11-22T09:30:00.000"))),
        ("dynamodb", arn("dynamodb", &format!("table/vestibule-{stage}-restored-202611220900"))),
        ("iam", format!("arn:aws:iam::123456789012:role/vestibule-{stage}-LoginFunctionRole-1A2B")),
        ("kms", arn("kms", "key/1a2b3c4d")),
        ("lambda", arn("lambda", &format!("function:vestibule-{stage}-LoginFunction-1A2B"))),
        ("logs", arn("logs", &format!("log-group:/aws/lambda/vestibule-{stage}"))),
        ("logs", arn("logs", &format!("log-group:/aws/lambda/vestibule-{stage}:log-stream:login"))),
        ("logs", arn("logs", &format!("log-group:/aws/vendedlogs/vestibule-{stage}:*"))),
        ("s3", format!("arn:aws:s3:::aws-sam-cli-managed-default-samclisourcebucket-1a2b/vestibule-{stage}/template")),
        ("scheduler", arn("scheduler", &format!("schedule/default/vestibule-{stage}-send-invites"))),
        ("secretsmanager", arn("secretsmanager", "secret:IndexKeySecret-1a2b3c-4d5e6f")),
        ("secretsmanager", arn("secretsmanager", "secret:SigningRootSecret-1a2b3c-4d5e6f")),
        ("sns", arn("sns", &format!("vestibule-{stage}-MailEventsTopic-1A2B"))),
        ("sqs", arn("sqs", &format!("vestibule-{stage}-UnsentMailQueue-1A2B"))),
    ]
}

/// An action on each of a stage's resources, with the stage's tag; `iam` with the boundary of the stage that asks.
fn calls(action: &str, of_stage: &str) -> Vec<Call> {
    let service = action.split(':').next().unwrap_or_default();
    let about = resources(of_stage).into_iter().filter(|(of, _)| *of == service);
    let context =
        || BTreeMap::from([("aws:ResourceTag/Stage", of_stage.to_owned()), ("iam:PermissionsBoundary", "FunctionBoundary".into())]);
    about.map(|(_, resource)| Call { action: action.to_owned(), resource, context: context() }).collect()
}

/// What CloudFormation makes of a text in a stage's stack.
fn rendered(value: &str, stage: &str) -> String {
    let names = [
        ("${Stage}", stage),
        ("${AWS::Partition}", "aws"),
        ("${AWS::Region}", "eu-west-1"),
        ("${AWS::AccountId}", "123456789012"),
        ("${AWS::URLSuffix}", "amazonaws.com"),
    ];
    let text = if value == "Stage" { stage.to_owned() } else { value.to_owned() };
    names.iter().fold(text, |text, (name, value)| text.replace(name, value))
}

fn texts(value: &Value, stage: &str) -> Vec<String> {
    let texts = value.as_array().map_or_else(|| vec![value], |values| values.iter().collect());
    texts.into_iter().filter_map(|text| Some(rendered(text.as_str()?, stage))).collect()
}

/// Whether the conditions of a statement hold, of the operators that these policies use.
fn holds(conditions: &Value, call: &Call, stage: &str) -> Result<bool, Failure> {
    for (operator, keys) in conditions.as_object().into_iter().flatten() {
        for (key, wanted) in keys.as_object().ok_or("a condition has keys")? {
            let (found, wanted) = (call.context.get(key.as_str()), texts(wanted, stage));
            let met = match operator.as_str() {
                "StringEquals" => found.is_some_and(|found| wanted.contains(found)),
                "StringNotEquals" => found.is_none_or(|found| !wanted.contains(found)),
                "Null" => wanted == [found.is_none().to_string()],
                _ => return Err(format!("{operator} is not evaluated here").into()),
            };
            if !met {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Whether a policy of github.yaml allows a call, by IAM's rule: something allows it and nothing denies it.
fn allows(statements: &Value, call: &Call, stage: &str) -> Result<bool, Failure> {
    let mut allowed = false;
    for statement in statements.as_array().ok_or("a policy has statements")? {
        let of_action = texts(&statement["Action"], stage).iter().any(|action| like(action, &call.action));
        let named = |field: &str| texts(&statement[field], stage).iter().any(|resource| like(resource, &call.resource));
        let of_resource = if statement.get("NotResource").is_some() { !named("NotResource") } else { named("Resource") };
        if of_action && of_resource && holds(&statement["Condition"], call, stage)? {
            match statement["Effect"].as_str() {
                Some("Allow") => allowed = true,
                _ => return Ok(false),
            }
        }
    }
    Ok(allowed)
}

fn policy(pointer: &str) -> Result<Value, Failure> {
    let statements = yaml("infra/github.yaml")?.pointer(&format!("/Resources/{pointer}/PolicyDocument/Statement")).cloned();
    Ok(statements.ok_or("no such policy")?)
}

/// Fails if any of these actions is allowed on anything of another stage, or not allowed on its own.
fn holds_apart(statements: &Value, actions: &[String]) -> Outcome {
    for (own, other) in STAGES {
        for action in actions {
            for call in calls(action, other) {
                assert!(!allows(statements, &call, own)?, "{own} may {action} on {}, which is of {other}", call.resource);
            }
            let own_calls = calls(action, own).into_iter().map(|call| allows(statements, &call, own)).collect::<Result<Vec<_>, _>>()?;
            assert!(own_calls.contains(&true), "{own} may not {action} on anything of its own");
        }
    }
    Ok(())
}

#[test]
fn no_function_of_a_stage_reaches_another() -> Outcome {
    let boundary = policy("FunctionBoundary/Properties")?;
    let statements = boundary.as_array().ok_or("statements")?;
    let actions: Vec<_> = statements.iter().flat_map(|statement| texts(&statement["Action"], "")).collect();
    // Names of streams have no resource, and identities of SES belong to the account.
    let of_stages: Vec<_> =
        actions.into_iter().filter(|action| !["dynamodb:ListStreams", "ses:SendEmail"].contains(&action.as_str())).collect();
    assert!(of_stages.len() > 15, "{of_stages:?}");
    holds_apart(&boundary, &of_stages)
}

#[test]
fn no_pipeline_of_a_stage_changes_another() -> Outcome {
    let changes = [
        "apigateway:PATCH",
        "cloudformation:UpdateStack",
        "cloudwatch:DeleteAlarms",
        "cloudwatch:PutDashboard",
        "dynamodb:PutResourcePolicy",
        "dynamodb:UpdateTable",
        "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        "kms:PutKeyPolicy",
        "kms:TagResource",
        "kms:UntagResource",
        "lambda:AddPermission",
        "lambda:UpdateFunctionCode",
        "logs:DeleteLogGroup",
        "logs:PutSubscriptionFilter",
        "s3:GetObject",
        "scheduler:UpdateSchedule",
        "secretsmanager:PutResourcePolicy",
        "secretsmanager:TagResource",
        "sns:Subscribe",
        "sqs:SetQueueAttributes",
    ];
    holds_apart(&policy("ChangeRole/Properties/Policies/0")?, &changes.map(str::to_owned))?;
    let handing_over = ["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet", "s3:PutObject"];
    holds_apart(&policy("DeployRole/Properties/Policies/0")?, &handing_over.map(str::to_owned))
}

#[test]
fn a_stage_is_one_short_word_wherever_it_is_named() -> Outcome {
    // A hyphen in it would make `vestibule-prod-*` match the names of `prod-eu`.
    for template in ["infra/template.yaml", "infra/github.yaml", "infra/edge.yaml"] {
        assert_eq!(yaml(template)?.pointer("/Parameters/Stage/AllowedPattern"), Some(&Value::from("[a-z][a-z0-9]{0,13}")), "{template}");
    }
    // Those within take it from the template, as it is.
    for stack in ["Alarms", "Dashboard"] {
        assert_eq!(yaml("infra/template.yaml")?.pointer(&format!("/Resources/{stack}/Properties/Parameters/Stage")), Some(&"Stage".into()));
    }
    let settings = text("infra/samconfig.toml")?;
    let stages: Vec<_> = settings.split("\"Stage=").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(stages, ["dev", "staging", "prod"]);
    Ok(())
}
