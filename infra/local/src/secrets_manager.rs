//! Secrets Manager, as far as the functions and those who have it rotate call it: its rules of versions and stages, and its
//! refusals in its own words.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

use axum::{
    body::Bytes,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use futures::future::BoxFuture;
use serde_json::{Value, json};

use crate::{
    secrets::{CURRENT, PENDING, SecretVersions, Secrets, arn, name},
    services::{amz_json, refusal},
};

/// A refusal: its kind and what it says.
type Refused = (&'static str, &'static str);

const NO_SECRET: Refused = ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
const NO_VERSION: Refused = ("ResourceNotFoundException", "Secrets Manager can't find the specified secret version.");
const NO_VALUE: Refused = ("ResourceNotFoundException", "Secrets Manager can't find the specified secret value.");
const SAME_NAME: Refused =
    ("ResourceExistsException", "You can't use ClientRequestToken because that value is already in use for a version of this secret.");
const ROTATING: Refused = ("InvalidRequestException", "A previous rotation isn't complete. That rotation will be reattempted.");
const NO_ROTATION: Refused = ("InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.");
const NO_TOKEN: Refused = ("InvalidParameterException", "ClientRequestToken must have 32 to 64 characters.");
const ATTACHED: Refused =
    ("InvalidParameterException", "The staging label is attached to another version: name it in RemoveFromVersionId.");
const NEVER_WITHOUT: Refused = ("InvalidParameterException", "You can't remove the AWSCURRENT label: move it to another version.");

/// The function that Secrets Manager calls to rotate, with the event that it sends.
pub type Rotator = Arc<dyn Fn(Value) -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// The steps of a rotation, in their order.
pub const STEPS: [&str; 4] = ["createSecret", "setSecret", "testSecret", "finishSecret"];

/// The service.
#[derive(Clone)]
pub struct SecretsManager {
    secrets: Secrets,
    rotator: Arc<OnceLock<Rotator>>,
}

impl SecretsManager {
    /// The service of these secrets.
    #[must_use]
    pub fn new(secrets: Secrets) -> Self {
        Self { secrets, rotator: Arc::default() }
    }

    /// From here on, a rotation that is asked for is done by this function. Until then it is only begun.
    pub fn rotate_by(&self, rotator: Rotator) {
        // Whoever was first stays.
        let _ = self.rotator.set(rotator);
    }

    /// Answers one call.
    pub fn answer(&self, headers: &HeaderMap, body: &Bytes) -> Response {
        let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| request.get(name).and_then(Value::as_str);
        let secret = arn(text("SecretId").unwrap_or_default());
        let token = text("ClientRequestToken").unwrap_or_default();
        let answer = match target.strip_prefix("secretsmanager.").unwrap_or_default() {
            "GetSecretValue" => self.looked(&secret, |kept| value(kept, text("VersionId"), text("VersionStage"))),
            "DescribeSecret" => self.looked(&secret, |kept| Ok(description(kept))),
            "PutSecretValue" => {
                let stages = request.get("VersionStages").and_then(|stages| serde_json::from_value(stages.clone()).ok());
                let stages: BTreeSet<String> = stages.unwrap_or_else(|| BTreeSet::from([CURRENT.to_owned()]));
                let value = text("SecretString").unwrap_or_default();
                self.changed(&secret, |kept| put(kept, token, value, &stages))
            }
            "UpdateSecretVersionStage" => {
                let (to, from) = (text("MoveToVersionId"), text("RemoveFromVersionId"));
                self.changed(&secret, |kept| move_stage(kept, text("VersionStage").unwrap_or_default(), to, from))
            }
            "RotateSecret" => {
                let begun = self.changed(&secret, |kept| begin(kept, token));
                if begun.is_ok() {
                    self.rotate(secret.clone(), token.to_owned());
                }
                begun
            }
            _ => Err(("InvalidRequestException", "the stand-in does not do this")),
        };
        match answer {
            Ok(mut answer) => {
                answer["ARN"] = json!(secret);
                answer["Name"] = json!(name(&secret));
                amz_json(StatusCode::OK, &answer)
            }
            Err((kind, message)) => refusal(StatusCode::BAD_REQUEST, kind, message),
        }
    }

    fn looked(&self, secret: &str, look: impl FnOnce(&SecretVersions) -> Result<Value, Refused>) -> Result<Value, Refused> {
        look(&self.secrets.get(secret).ok_or(NO_SECRET)?)
    }

    fn changed(&self, secret: &str, change: impl FnOnce(&mut SecretVersions) -> Result<Value, Refused>) -> Result<Value, Refused> {
        let changed = self.secrets.change(secret, change).map_err(|_| ("InternalServiceError", "the secrets cannot be written"))?;
        changed.ok_or(NO_SECRET)?
    }

    /// Has the function do the steps, one after the other, beside the answer, as Secrets Manager does.
    fn rotate(&self, secret: String, token: String) {
        let Some(rotator) = self.rotator.get().map(Arc::clone) else { return };
        tokio::spawn(async move {
            for step in STEPS {
                if rotator(event(step, &secret, &token)).await.is_err() {
                    break;
                }
            }
        });
    }
}

/// What Secrets Manager sends for a step.
#[must_use]
pub fn event(step: &str, secret: &str, token: &str) -> Value {
    json!({"Step": step, "SecretId": secret, "ClientRequestToken": token, "RotationToken": "00000000-0000-0000-0000-000000000000"})
}

fn value(kept: &SecretVersions, id: Option<&str>, stage: Option<&str>) -> Result<Value, Refused> {
    let (id, version) = match id {
        Some(id) => (id, kept.versions.get(id).ok_or(NO_VERSION)?),
        None => kept.at(stage.unwrap_or(CURRENT)).ok_or(NO_VERSION)?,
    };
    if stage.is_some_and(|stage| !version.stages.contains(stage)) {
        return Err(NO_VERSION);
    }
    let value = version.value.as_ref().ok_or(NO_VALUE)?;
    Ok(json!({"VersionId": id, "SecretString": value, "VersionStages": version.stages}))
}

fn description(kept: &SecretVersions) -> Value {
    let staged = kept.versions.iter().filter(|(_, version)| !version.stages.is_empty());
    let stages: BTreeMap<_, _> = staged.map(|(id, version)| (id, &version.stages)).collect();
    json!({"RotationEnabled": kept.rotates, "VersionIdsToStages": stages})
}

fn put(kept: &mut SecretVersions, token: &str, value: &str, stages: &BTreeSet<String>) -> Result<Value, Refused> {
    check(token)?;
    match kept.versions.get(token).map(|version| version.value.as_deref()) {
        Some(Some(before)) if before != value => return Err(SAME_NAME),
        // The same again: nothing is done.
        Some(Some(_)) => {}
        Some(None) | None => {
            kept.versions.entry(token.to_owned()).or_default().value = Some(value.to_owned());
            stages.iter().for_each(|stage| kept.move_stage(stage, token));
        }
    }
    Ok(json!({"VersionId": token, "VersionStages": stages}))
}

fn move_stage(kept: &mut SecretVersions, stage: &str, to: Option<&str>, from: Option<&str>) -> Result<Value, Refused> {
    let holder = kept.at(stage).map(|(id, _)| id);
    if holder.is_some_and(|holder| Some(holder) != to) && holder != from || holder.is_none() && from.is_some() {
        return Err(ATTACHED);
    }
    match to {
        Some(to) if !kept.versions.contains_key(to) => Err(NO_VERSION),
        Some(to) => {
            kept.move_stage(stage, to);
            Ok(json!({}))
        }
        None if stage == CURRENT => Err(NEVER_WITHOUT),
        None => {
            kept.remove_stage(stage);
            Ok(json!({}))
        }
    }
}

fn begin(kept: &mut SecretVersions, token: &str) -> Result<Value, Refused> {
    check(token)?;
    if !kept.rotates {
        return Err(NO_ROTATION);
    }
    if kept.at(PENDING).is_some_and(|(id, version)| id != token && !version.stages.contains(CURRENT)) {
        return Err(ROTATING);
    }
    kept.versions.entry(token.to_owned()).or_default();
    kept.move_stage(PENDING, token);
    Ok(json!({"VersionId": token}))
}

fn check(token: &str) -> Result<(), Refused> {
    if (32..=64).contains(&token.len()) { Ok(()) } else { Err(NO_TOKEN) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> SecretVersions {
        Secrets::new().unwrap().get("vestibule/signing-root").unwrap()
    }

    fn token(letter: &str) -> String {
        letter.repeat(32)
    }

    #[test]
    fn a_version_has_one_value_for_good() {
        let (mut kept, pending) = (kept(), BTreeSet::from([PENDING.to_owned()]));
        assert!(begin(&mut kept, &token("a")).is_ok());
        assert_eq!(value(&kept, Some(&token("a")), Some(PENDING)), Err(NO_VALUE));
        assert!(put(&mut kept, &token("a"), "one", &pending).is_ok());
        assert!(put(&mut kept, &token("a"), "one", &pending).is_ok(), "the same again is nothing");
        assert_eq!(put(&mut kept, &token("a"), "two", &pending), Err(SAME_NAME));
        assert_eq!(value(&kept, Some(&token("a")), None).unwrap()["SecretString"], "one");
        assert_eq!(value(&kept, Some(&token("a")), Some(CURRENT)), Err(NO_VERSION), "it is in another stage");
        assert_eq!(put(&mut kept, "short", "one", &pending), Err(NO_TOKEN));
    }

    #[test]
    fn a_value_without_a_stage_is_current_at_once() {
        let mut kept = kept();
        put(&mut kept, &token("a"), "one", &BTreeSet::from([CURRENT.to_owned()])).unwrap();
        assert_eq!(value(&kept, None, None).unwrap()["SecretString"], "one");
        assert_eq!(kept.at("AWSPREVIOUS").map(|(id, _)| id), Some("first"));
    }

    #[test]
    fn a_stage_moves_only_from_the_version_that_is_named() {
        let mut kept = kept();
        begin(&mut kept, &token("a")).unwrap();
        let to = token("a");
        assert_eq!(move_stage(&mut kept, CURRENT, Some(&to), None), Err(ATTACHED));
        assert_eq!(move_stage(&mut kept, CURRENT, Some(&to), Some("other")), Err(ATTACHED));
        assert_eq!(move_stage(&mut kept, CURRENT, Some("none"), Some("first")), Err(NO_VERSION));
        assert_eq!(move_stage(&mut kept, CURRENT, None, Some("first")), Err(NEVER_WITHOUT));
        assert!(move_stage(&mut kept, CURRENT, Some(&to), Some("first")).is_ok());
        assert_eq!(kept.at(CURRENT).map(|(id, _)| id), Some(to.as_str()));
        assert_eq!(kept.at("AWSPREVIOUS").map(|(id, _)| id), Some("first"));
        assert!(move_stage(&mut kept, PENDING, None, Some(&to)).is_ok());
        assert!(kept.at(PENDING).is_none());
    }

    #[test]
    fn there_is_one_rotation_at_a_time_and_none_of_the_index_key() {
        let mut root = kept();
        assert!(begin(&mut root, &token("a")).is_ok());
        assert!(begin(&mut root, &token("a")).is_ok(), "the same one");
        assert_eq!(begin(&mut root, &token("b")), Err(ROTATING));
        move_stage(&mut root, CURRENT, Some(&token("a")), Some("first")).unwrap();
        assert!(begin(&mut root, &token("b")).is_ok(), "the one before is at its end");
        let mut index_key = Secrets::new().unwrap().get("vestibule/index-key").unwrap();
        assert_eq!(begin(&mut index_key, &token("a")), Err(NO_ROTATION));
    }
}
