//! `rotate-keys`: four steps, each of which may be repeated, come twice at a time, or break off anywhere.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws_sdk_secretsmanager::config::Intercept;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::context::{AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextRef},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use futures::future::join_all;
use local::{
    secrets::{INDEX_KEY_SECRET, SIGNING_ROOT_SECRET},
    secrets_manager::{STEPS, event},
};
use serde_json::{Value, json};
use shared::{operations::rotate_keys::Outcome as Stepped, rotation};
use tests::{Outcome, Shop};

const DAY: u64 = 24 * 60 * 60;

/// A line to Secrets Manager on which one call fails, before it is made or after.
#[derive(Clone, Debug)]
struct Fails {
    at: usize,
    after: bool,
    seen: Arc<AtomicUsize>,
}

impl Fails {
    fn at(at: usize, after: bool) -> Self {
        Self { at, after, seen: Arc::default() }
    }
}

impl Intercept for Fails {
    fn name(&self) -> &'static str {
        "Fails"
    }

    fn read_before_execution(&self, _: &BeforeSerializationInterceptorContextRef<'_>, _: &mut ConfigBag) -> Result<(), BoxError> {
        let fails = self.seen.fetch_add(1, Ordering::SeqCst) == self.at && !self.after;
        if fails { Err("the line broke".into()) } else { Ok(()) }
    }

    fn read_after_deserialization(
        &self,
        _: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let fails = self.after && self.seen.load(Ordering::SeqCst) == self.at + 1;
        if fails { Err("the answer was lost".into()) } else { Ok(()) }
    }
}

#[tokio::test]
async fn the_first_rotation_makes_a_ring_of_the_secret_that_the_template_makes() -> Outcome {
    let shop = Shop::open().await?;
    assert_eq!(shop.root_names()?, ["k1"]);
    let before = serde_json::from_str::<Value>(&shop.signing_root())?;

    let version = shop.begin_rotation().await?;
    for step in STEPS {
        assert_eq!(shop.step(step, &version).await?, Stepped::Done, "{step}");
    }

    let ring: Value = serde_json::from_str(&shop.signing_root())?;
    let now = shop.clock.now().unix_seconds();
    assert_eq!(ring["roots"][0], json!({"id": "k1", "signs_from": 0, "root": before["k1"]}));
    assert_eq!(ring["roots"][1]["signs_from"], now + 2 * 86_400);
    assert_eq!(ring["roots"].as_array().map(Vec::len), Some(2));
    assert_eq!(shop.stages(), json!({"first": ["AWSPREVIOUS"], version: ["AWSCURRENT", "AWSPENDING"]}));
    Ok(())
}

#[tokio::test]
async fn functions_read_what_they_have_read_until_the_last_step() -> Outcome {
    let shop = Shop::open().await?;
    let version = shop.begin_rotation().await?;
    for step in STEPS {
        assert_eq!(shop.root_names()?, ["k1"], "before {step}");
        shop.step(step, &version).await?;
    }
    assert_eq!(shop.root_names()?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_step_that_comes_again_does_nothing_again() -> Outcome {
    let shop = Shop::open().await?;
    let version = shop.begin_rotation().await?;
    for step in &STEPS[..3] {
        for _ in 0..3 {
            assert_eq!(shop.step(step, &version).await?, Stepped::Done, "{step}");
        }
    }
    shop.step("finishSecret", &version).await?;
    let (ring, stages) = (shop.signing_root(), shop.stages());
    for step in STEPS {
        assert_eq!(shop.step(step, &version).await?, Stepped::DoneBefore, "{step}");
    }
    assert_eq!((shop.signing_root(), shop.stages()), (ring, stages));
    assert_eq!(shop.root_names()?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_step_whose_turn_has_not_come_changes_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let version = shop.begin_rotation().await?;
    for step in ["testSecret", "finishSecret"] {
        assert!(shop.step(step, &version).await.is_err(), "{step} without a ring");
    }
    assert_eq!(shop.root_names()?, ["k1"]);
    for step in STEPS {
        shop.step(step, &version).await?;
    }
    assert_eq!(shop.root_names()?.len(), 2, "and the rotation comes to its end");
    Ok(())
}

#[tokio::test]
async fn a_rotation_that_breaks_off_at_any_call_comes_to_its_end_when_it_is_repeated() -> Outcome {
    let mut broken = 0;
    for after in [false, true] {
        for at in 0.. {
            let shop = Shop::open().await?;
            let version = shop.begin_rotation().await?;
            let line = Fails::at(at, after);
            let rotator = shop.watched_rotator(line.clone());
            for step in STEPS {
                if shop.step_by(&rotator, step, &version).await.is_err() {
                    break;
                }
            }
            if line.seen.load(Ordering::SeqCst) <= at {
                assert_eq!(shop.root_names()?.len(), 2, "no call is left to break");
                break;
            }
            broken += 1;
            // Whatever has happened, functions read a ring by which they can sign.
            assert_eq!(shop.root_names()?[0], "k1");
            for step in STEPS {
                shop.step(step, &version).await.map_err(|error| format!("{error}: {step} after call {at} broke, {after}"))?;
            }
            let stages = shop.stages();
            assert_eq!(shop.root_names()?.len(), 2, "one new root, though call {at} broke, {after}");
            assert_eq!(stages["first"], json!(["AWSPREVIOUS"]), "{stages}");
        }
    }
    assert!(broken >= 24, "{broken} calls were broken");
    Ok(())
}

#[tokio::test]
async fn a_last_step_whose_answer_is_lost_is_found_done() -> Outcome {
    let shop = Shop::open().await?;
    let version = shop.begin_rotation().await?;
    shop.step("createSecret", &version).await?;
    // It looks at the stages and at both rings; the fourth call moves the stage.
    let rotator = shop.watched_rotator(Fails::at(3, true));
    assert_eq!(shop.step_by(&rotator, "finishSecret", &version).await?, Stepped::Done);
    assert_eq!(shop.root_names()?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn twenty_at_a_time_make_one_new_root() -> Outcome {
    let shop = Shop::open().await?;
    let version = shop.begin_rotation().await?;
    for step in STEPS {
        let done = join_all((0..20).map(|_| shop.step(step, &version))).await;
        assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 20, "{step}");
    }
    assert_eq!(shop.root_names()?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_rotation_that_was_held_up_for_too_long_is_given_up_and_the_next_begins_anew() -> Outcome {
    for step in ["testSecret", "finishSecret"] {
        let shop = Shop::open().await?;
        let version = shop.begin_rotation().await?;
        shop.step("createSecret", &version).await?;
        shop.step("testSecret", &version).await?;
        assert!(shop.begin_rotation().await.is_err(), "one rotation at a time");

        shop.wait(DAY + 1);
        assert!(shop.step(step, &version).await.is_err(), "the new root would sign within a day");
        assert_eq!(shop.root_names()?, ["k1"]);
        for step in STEPS {
            assert!(shop.step(step, &version).await.is_err(), "{step} of what was given up");
        }
        shop.rotate().await?;
        assert_eq!(shop.root_names()?.len(), 2);
    }
    Ok(())
}

#[tokio::test]
async fn a_ring_that_an_operator_puts_in_place_meanwhile_stays() -> Outcome {
    for step in ["testSecret", "finishSecret"] {
        let shop = Shop::open().await?;
        let version = shop.begin_rotation().await?;
        shop.step("createSecret", &version).await?;
        let own = json!({"current": "own", "own": "o".repeat(64)}).to_string();
        shop.replace_secret(SIGNING_ROOT_SECRET, &own).await?;
        assert!(shop.step(step, &version).await.is_err());
        assert_eq!(shop.signing_root(), own);
        shop.rotate().await?;
        assert_eq!(shop.root_names()?[0], "own", "and is what the next rotation begins with");
    }
    Ok(())
}

#[tokio::test]
async fn a_version_that_is_no_ring_is_never_read_by_functions() -> Outcome {
    for value in ["", "{}", "a random text", r#"{"current":"k1","k1":""}"#, r#"{"roots":[]}"#] {
        let shop = Shop::open().await?;
        let version = shop.begin_rotation().await?;
        shop.put_pending(&version, value).await?;
        assert!(shop.step("testSecret", &version).await.is_err(), "{value}");
        assert!(shop.step("finishSecret", &version).await.is_err(), "{value}");
        assert_eq!(shop.root_names()?, ["k1"]);
        shop.rotate().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_ring_whose_new_root_would_sign_at_once_is_never_read_by_functions() -> Outcome {
    let shop = Shop::open().await?;
    shop.rotate().await?;
    let now = shop.clock.now().unix_seconds();
    let mut ring: Value = serde_json::from_str(&shop.signing_root())?;
    let root = |id: &str, signs_from: i64| json!({"id": id, "signs_from": signs_from, "root": id.repeat(64)});
    ring["roots"] = json!([ring["roots"][0], root("s", now), ring["roots"][1]]);
    let version = shop.begin_rotation().await?;
    shop.put_pending(&version, &ring.to_string()).await?;
    assert!(shop.step("finishSecret", &version).await.is_err());
    assert!(!shop.root_names()?.contains(&"s".to_owned()));
    Ok(())
}

#[tokio::test]
async fn the_index_key_is_never_rotated() -> Outcome {
    let shop = Shop::open().await?;
    let version = shop.begin_rotation().await?;
    for step in STEPS {
        let of_index_key = event(step, INDEX_KEY_SECRET, &version);
        assert!(rotation::handle(&shop.rotator(), of_index_key, "").await.is_err(), "{step}");
    }
    let (template, rotations) = (include_str!("../infra/template.yaml"), "Type: AWS::SecretsManager::RotationSchedule");
    assert_eq!(template.matches(rotations).count(), 1);
    let schedules = local::template::Template::read(&local::template::Template::path())?.rotations();
    assert_eq!(schedules, [("SigningRootSecret".to_owned(), "RotateKeysFunction".to_owned())]);
    Ok(())
}

#[tokio::test]
async fn what_secrets_manager_has_not_begun_is_refused() -> Outcome {
    let shop = Shop::open().await?;
    let version = shop.begin_rotation().await?;
    let rotator = shop.rotator();
    for event in [
        json!(null),
        json!({}),
        json!("createSecret"),
        json!({"Step": "createSecret"}),
        event("dropSecret", SIGNING_ROOT_SECRET, &version),
        event("createSecret", SIGNING_ROOT_SECRET, "no such version"),
        event("finishSecret", SIGNING_ROOT_SECRET, ""),
        event("createSecret", "", &version),
    ] {
        assert!(rotation::handle(&rotator, event.clone(), "").await.is_err(), "{event}");
    }
    shop.stop_rotating()?;
    assert!(shop.step("createSecret", &version).await.is_err(), "a secret that is not set up to be rotated");
    assert_eq!(shop.root_names()?, ["k1"]);
    Ok(())
}

#[tokio::test]
async fn rotations_on_demand_add_roots_that_wait_for_each_other() -> Outcome {
    let shop = Shop::open().await?;
    for _ in 0..5 {
        shop.rotate().await?;
    }
    let names = shop.root_names()?;
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 6, "each has a name of its own");
    assert_eq!(shop.context.signing_root().await?.current(), "k1");
    shop.wait(2 * DAY);
    assert_eq!(shop.context.signing_root().await?.current(), names[5]);
    Ok(())
}

#[tokio::test]
async fn a_root_leaves_the_ring_once_nothing_lives_that_it_has_made() -> Outcome {
    let shop = Shop::open().await?;
    let mut seen = BTreeSet::new();
    for _ in 0..8 {
        shop.rotate().await?;
        let names = shop.root_names()?;
        assert!(names.len() <= 4, "{names:?}");
        seen.extend(names);
        shop.wait(90 * DAY);
    }
    assert_eq!(seen.len(), 9, "no name comes twice");
    assert!(!shop.root_names()?.contains(&"k1".to_owned()));
    Ok(())
}
