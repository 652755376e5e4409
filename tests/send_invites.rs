//! `send-invites`: everybody who is to be mailed, once, in time, and nobody else.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextRef},
    },
    error::BoxError,
    operation::transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput},
};
use futures::future::join_all;
use local::simulator::Fate;
use serde_json::json;
use shared::{
    domain::{
        account::AccountStatus,
        block::{BlockRule, Scope},
        domain_name::DomainName,
        policy::MailsPerHour,
    },
    schedule::Incomplete,
};
use tests::{Failure, HeadStart, Outcome, Shop, text};

const DAY: u64 = 24 * 60 * 60;

/// A shop whose budget is no limit to what is tested.
async fn busy_shop() -> Result<Shop, Failure> {
    let shop = Shop::open().await?;
    budget(&shop, 1_000_000).await?;
    Ok(shop)
}

async fn budget(shop: &Shop, mails: u64) -> Outcome {
    let mails = MailsPerHour::parse(mails)?;
    shop.set_up(|settings| settings.mails_per_hour = mails).await
}

/// So many who were brought along.
async fn many(shop: &Shop, count: u32) -> Result<Vec<String>, Failure> {
    let emails: Vec<_> = (0..count).map(|number| format!("customer{number}@example.com")).collect();
    for email in &emails {
        shop.brought_along(email).await?;
    }
    Ok(emails)
}

/// How many invitations have been sent to each address that got any, in order.
async fn invited(shop: &Shop) -> Result<Vec<String>, Failure> {
    let mut to: Vec<_> = shop.every_mail().await?.into_iter().filter(|mail| mail.kind == "invite").map(|mail| mail.to).collect();
    to.sort();
    Ok(to)
}

async fn set_password(shop: &Shop, token: &str) -> tests::Answer {
    shop.post("reset-password", json!({"token": token, "password": "a first password"})).await
}

/// A shop that is cut off at a certain transaction, before it is made or after.
#[derive(Clone, Debug)]
struct CutOff {
    at: usize,
    after: bool,
    seen: Arc<AtomicUsize>,
}

impl CutOff {
    fn at(at: usize, after: bool) -> Self {
        Self { at, after, seen: Arc::default() }
    }
}

impl Intercept for CutOff {
    fn name(&self) -> &'static str {
        "CutOff"
    }

    fn read_before_execution(&self, context: &BeforeSerializationInterceptorContextRef<'_>, _: &mut ConfigBag) -> Result<(), BoxError> {
        if context.input().downcast_ref::<TransactWriteItemsInput>().is_some() {
            let seen = self.seen.fetch_add(1, Ordering::SeqCst);
            if seen >= self.at && !self.after {
                return Err("cut off".into());
            }
        }
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let is_transaction = context.output_or_error().is_ok_and(|output| output.downcast_ref::<TransactWriteItemsOutput>().is_some());
        if self.after && is_transaction && self.seen.load(Ordering::SeqCst) > self.at { Err("cut off".into()) } else { Ok(()) }
    }
}

#[tokio::test]
async fn whoever_was_brought_along_is_mailed_a_link_that_sets_a_first_password() -> Outcome {
    let shop = Shop::open().await?;
    shop.brought_along("ada@example.com").await?;
    shop.customer("bob@example.com").await?;
    let campaign = shop.invite(json!({"audience": "all"})).await?;

    assert_eq!(shop.minutes(2).await?, 1);

    assert_eq!(invited(&shop).await?, ["ada@example.com"]);
    let mail = shop.mails("ada@example.com").await?.remove(0);
    let settings = shop.settings().await?;
    assert!(
        mail.text.contains(&format!("{}#token=", settings.urls.reset_password.as_str())) && mail.text.contains("7 days"),
        "{}",
        mail.text
    );
    assert_eq!(set_password(&shop, &shop.link_token("ada@example.com").await?).await.status, 204);
    let account = shop.account("ada@example.com").await?.ok_or("there is no account")?;
    assert_eq!(account.status, AccountStatus::Active);
    assert_eq!(shop.mail_kinds("ada@example.com").await?, ["account-created", "invite"], "a first password is no change of one");
    let signed_in = shop.post("login", json!({"email": "ada@example.com", "password": "a first password"})).await;
    assert_eq!(signed_in.status, 200);

    let exported = shop.ask("export-account").bearer(&signed_in.text("/access_token")).send().await;
    let at = shared::domain::timestamp::Timestamp::from_unix_seconds(shop.clock.now().unix_seconds() - 120).rfc3339();
    assert_eq!((&exported.body["invited_at"], &exported.body["mailbox"]["bounced"]), (&json!(at), &json!(null)));

    // The count of those who came is taken every six hours, and nobody is left.
    shop.wait(6 * 60 * 60);
    shop.tick().await?;
    let seen = shop.campaign(&campaign).await;
    assert_eq!((&seen["status"], &seen["counts"]["sent"], &seen["counts"]["activated"]), (&json!("done"), &json!(1), &json!(1)));
    Ok(())
}

#[tokio::test]
async fn mails_go_out_minute_by_minute_at_the_rate_that_was_asked_for() -> Outcome {
    let shop = busy_shop().await?;
    many(&shop, 9).await?;
    let campaign = shop.invite(json!({"audience": "all", "mails_per_hour": 120})).await?;
    for expected in [2, 2, 2, 2, 1, 0] {
        assert_eq!(shop.minutes(1).await?, expected);
    }
    let mails = invited(&shop).await?;
    assert_eq!((mails.len(), mails.iter().collect::<BTreeSet<_>>().len()), (9, 9));
    let seen = shop.campaign(&campaign).await;
    assert_eq!((&seen["counts"]["sent"], &seen["counts"]["waiting"], &seen["status"]), (&json!(9), &json!(0), &json!("following")));
    Ok(())
}

#[tokio::test]
async fn nothing_goes_out_before_its_time_but_whoever_waits_is_counted() -> Outcome {
    let shop = Shop::open().await?;
    many(&shop, 3).await?;
    let start_at = shop.clock.now().plus(std::time::Duration::from_secs(2 * DAY)).rfc3339();
    let campaign = shop.invite(json!({"audience": "all", "start_at": start_at})).await?;
    assert_eq!(shop.minutes(3).await?, 0);
    let seen = shop.campaign(&campaign).await;
    assert_eq!((&seen["counts"]["waiting"], &seen["status"]), (&json!(3), &json!("scheduled")));
    many_more(&shop).await?;
    shop.wait(2 * DAY);
    assert_eq!(shop.minutes(1).await?, 4, "whoever has come along meanwhile is among them");
    Ok(())
}

async fn many_more(shop: &Shop) -> Outcome {
    shop.brought_along("late@example.com").await
}

#[tokio::test]
async fn invitations_leave_the_customers_their_share_of_the_budget_and_wait_for_the_next_hour() -> Outcome {
    let shop = Shop::open().await?;
    budget(&shop, 20).await?;
    // At the beginning of a clock hour, which the budget is counted by.
    shop.wait(u64::try_from(3600 - shop.clock.now().unix_seconds() % 3600)?);
    many(&shop, 30).await?;
    shop.invite(json!({"audience": "all"})).await?;
    let mut mailed = 0;
    for _ in 0..59 {
        mailed += shop.minutes(1).await?;
    }
    assert_eq!(mailed, 8, "two fifths");

    let mut sent = 0;
    for number in 0..20 {
        let body = json!({"email": format!("new{number}@example.com")});
        sent += u32::from(shop.ask("send-code").from_network(number).json(&body).send().await.status == 202);
    }
    assert_eq!(sent, 8, "strangers have as much, and known devices the rest");

    shop.wait(60);
    // In the next hour customers are first, and invitations take what they leave.
    for number in 0..12 {
        let body = json!({"email": format!("newer{number}@example.com")});
        assert_eq!(shop.ask("send-code").from_network(number).json(&body).send().await.status, 202);
    }
    assert_eq!(shop.minutes(59).await?, 4);
    Ok(())
}

#[tokio::test]
async fn a_known_device_gets_its_code_however_many_are_invited() -> Outcome {
    let shop = Shop::open().await?;
    budget(&shop, 20).await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(u64::try_from(3600 - shop.clock.now().unix_seconds() % 3600)?);
    many(&shop, 30).await?;
    shop.invite(json!({"audience": "all"})).await?;
    shop.minutes(59).await?;
    for number in 0..20 {
        shop.ask("send-code").from_network(number).json(&json!({"email": format!("new{number}@example.com")})).send().await;
    }
    let body = json!({"email": ada.email, "device_token": ada.device_token()});
    assert_eq!(shop.post("send-code", body).await.status, 202);
    Ok(())
}

#[tokio::test]
async fn whoever_must_not_or_need_not_be_mailed_is_passed_over_and_counted() -> Outcome {
    let shop = Shop::open().await?;
    for email in ["ada@example.com", "blocked@example.com", "folded+tag@example.com", "eve@evil.example", "bounced@example.com"] {
        shop.brought_along(email).await?;
    }
    shop.imported("password@example.com", "a password from elsewhere").await?;
    shop.customer("active@example.com").await?;
    let gone = shop.customer("closed@example.com").await?;
    shop.ask("delete-account").bearer(&gone.access_token()).json(&json!({"mode": "close"})).send().await;
    let erased = shop.customer("erased@example.com").await?;
    shop.ask("delete-account").bearer(&erased.access_token()).json(&json!({"mode": "erase"})).send().await;
    shop.block_email("blocked@example.com").await?;
    shop.block(BlockRule::Domain(DomainName::parse("evil.example")?), &Scope::ALL, None).await?;
    shop.tell(Fate::Bounce, "bounced@example.com").await?;

    let of_all = shop.invite(json!({"audience": "all", "only_without_password": true})).await?;
    let mut named = Vec::new();
    for item in shop.table().await?.of("ID") {
        named.push(text(item, "account_id"));
    }
    assert_eq!(named.len(), 9);
    named.push("acc_aaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned());
    shop.minutes(2).await?;
    assert_eq!(invited(&shop).await?, ["ada@example.com", "folded+tag@example.com"]);
    let passed_over =
        json!({"active": 0, "closed": 0, "blocked": 2, "undeliverable": 1, "has_password": 1, "invited_lately": 0, "unknown": 0});
    assert_eq!(shop.campaign(&of_all).await["counts"]["skipped"], passed_over);

    let of_named = shop.invite(json!({"audience": {"account_ids": named}})).await?;
    shop.minutes(2).await?;
    assert_eq!(invited(&shop).await?, ["ada@example.com", "folded+tag@example.com", "password@example.com"]);
    let passed_over =
        json!({"active": 1, "closed": 1, "blocked": 2, "undeliverable": 1, "has_password": 0, "invited_lately": 2, "unknown": 2});
    assert_eq!(shop.campaign(&of_named).await["counts"]["skipped"], passed_over);
    Ok(())
}

#[tokio::test]
async fn a_block_of_another_spelling_of_the_mailbox_is_met_too() -> Outcome {
    let shop = Shop::open().await?;
    shop.brought_along("ada+shop@example.com").await?;
    shop.block_email("ada@example.com").await?;
    shop.invite(json!({"audience": "all"})).await?;
    shop.minutes(2).await?;
    let blocked = shop.post("login", json!({"email": "ada+shop@example.com", "password": "x"})).await;
    assert_eq!((invited(&shop).await?.len(), blocked.status), (0, 401));
    Ok(())
}

#[tokio::test]
async fn whoever_has_not_come_is_reminded_twice_at_most_each_time_with_a_new_link() -> Outcome {
    let shop = Shop::open().await?;
    for email in ["ada@example.com", "bob@example.com", "eve@example.com"] {
        shop.brought_along(email).await?;
    }
    let campaign = shop.invite(json!({"audience": "all", "reminder_days": [3, 5]})).await?;
    shop.minutes(1).await?;
    let first = shop.link_token("ada@example.com").await?;
    assert_eq!(set_password(&shop, &shop.link_token("bob@example.com").await?).await.status, 204);

    shop.wait(3 * DAY - 120);
    assert_eq!(shop.minutes(1).await?, 0, "three days have not gone by");
    assert_eq!(shop.minutes(1).await?, 2);
    let second = shop.link_token("ada@example.com").await?;
    assert_eq!(set_password(&shop, &first).await.refusal(), (410, "expired".to_owned()), "only the newest link works");
    shop.block_email("eve@example.com").await?;

    shop.wait(5 * DAY - 60);
    assert_eq!(shop.minutes(2).await?, 1, "who is blocked by now is left alone");
    assert_eq!(set_password(&shop, &second).await.refusal(), (410, "expired".to_owned()));
    assert_eq!(set_password(&shop, &shop.link_token("ada@example.com").await?).await.status, 204);

    shop.wait(30 * DAY);
    assert_eq!(shop.minutes(3).await?, 0);
    let seen = shop.campaign(&campaign).await;
    let told = ["sent", "reminded", "activated"].map(|count| seen["counts"][count].as_u64());
    assert_eq!((told, &seen["status"]), ([Some(3), Some(3), Some(2)], &json!("done")));
    assert_eq!(invited(&shop).await?.len(), 6);
    Ok(())
}

#[tokio::test]
async fn a_link_lives_for_seven_days() -> Outcome {
    for (seconds, status) in [(7 * DAY - 1, 204), (7 * DAY, 410)] {
        let shop = Shop::open().await?;
        shop.brought_along("ada@example.com").await?;
        shop.invite(json!({"audience": "all"})).await?;
        shop.tick().await?;
        let token = shop.link_token("ada@example.com").await?;
        shop.wait(seconds);
        assert_eq!(set_password(&shop, &token).await.status, status);
    }
    Ok(())
}

#[tokio::test]
async fn a_campaign_ends_when_the_last_link_has_run_out() -> Outcome {
    let shop = Shop::open().await?;
    shop.brought_along("ada@example.com").await?;
    let campaign = shop.invite(json!({"audience": "all"})).await?;
    shop.tick().await?;
    for _ in 0..4 * 7 - 1 {
        shop.wait(6 * 60 * 60);
        shop.tick().await?;
    }
    assert_eq!(shop.campaign(&campaign).await["status"], "following");
    shop.wait(6 * 60 * 60);
    shop.tick().await?;
    let seen = shop.campaign(&campaign).await;
    assert_eq!((&seen["status"], &seen["ended_at"]), (&json!("done"), &json!(shop.clock.now().rfc3339())));
    let item = shop.table().await?.of("CAMPAIGN").next().cloned().ok_or("the campaign is kept")?;
    let end = item["exp"].as_n().ok().and_then(|end| end.parse::<i64>().ok());
    assert_eq!(end, Some(shop.clock.now().unix_seconds() + 400 * 86_400));
    Ok(())
}

#[tokio::test]
async fn while_the_shop_has_no_accounts_nobody_is_invited() -> Outcome {
    let shop = Shop::open().await?;
    many(&shop, 2).await?;
    shop.set_up(|settings| settings.accounts_on = false).await?;
    shop.invite(json!({"audience": "all"})).await?;
    assert_eq!(shop.minutes(2).await?, 0);
    shop.set_up(|settings| settings.accounts_on = true).await?;
    assert_eq!(shop.minutes(1).await?, 2);
    Ok(())
}

#[tokio::test]
async fn an_audience_can_be_those_with_a_tag() -> Outcome {
    let shop = Shop::open().await?;
    many(&shop, 3).await?;
    let account = shop.account("customer1@example.com").await?.ok_or("there is no account")?;
    let tags = json!({"account_id": account.id.as_str(), "add_tags": ["Wholesale"]});
    let tagged = shop.ask("annotate-account").bearer(&shop.owner_key).json(&tags).send().await;
    assert_eq!(tagged.status, 200, "{tagged:?}");
    let campaign = shop.invite(json!({"audience": {"tag": " wholesale "}})).await?;
    assert_eq!(shop.minutes(2).await?, 1);
    assert_eq!(invited(&shop).await?, ["customer1@example.com"]);
    assert_eq!(shop.campaign(&campaign).await["audience"], json!({"tag": "wholesale"}));
    Ok(())
}

#[tokio::test]
async fn a_rehearsal_counts_and_mails_nobody() -> Outcome {
    let shop = Shop::open().await?;
    many(&shop, 250).await?;
    let campaign = shop.invite(json!({"audience": "all", "dry_run": true, "reminder_days": [1]})).await?;
    assert_eq!(shop.minutes(3).await?, 0);
    shop.wait(10 * DAY);
    assert_eq!(shop.minutes(2).await?, 0);
    let seen = shop.campaign(&campaign).await;
    assert_eq!((&seen["status"], &seen["counts"]["waiting"], &seen["counts"]["sent"]), (&json!("done"), &json!(250), &json!(0)));
    assert_eq!(invited(&shop).await?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn nobody_is_invited_by_two_campaigns_within_a_week() -> Outcome {
    let shop = Shop::open().await?;
    many(&shop, 3).await?;
    shop.invite(json!({"audience": "all"})).await?;
    shop.invite(json!({"audience": "all"})).await?;
    assert_eq!(shop.minutes(3).await?, 3);
    shop.wait(7 * DAY - 4 * 60);
    let early = shop.invite(json!({"audience": "all", "dry_run": true})).await?;
    shop.minutes(1).await?;
    assert_eq!(shop.campaign(&early).await["counts"]["skipped"]["invited_lately"], 3);
    shop.wait(3 * 60);
    shop.invite(json!({"audience": "all"})).await?;
    assert_eq!(shop.minutes(1).await?, 3);
    Ok(())
}

#[tokio::test]
async fn the_shops_own_words_stand_in_the_readers_language_else_in_the_shops() -> Outcome {
    let shop = Shop::open().await?;
    for language in ["en", "fr", "de"] {
        shop.brought_along_reading(&format!("{language}@example.com"), Some(language)).await?;
    }
    shop.brought_along("any@example.com").await?;
    let words = json!({"en": "We have moved.\n\nCome & <see> us!", "fr": "Nous avons déménagé."});
    shop.invite(json!({"audience": "all", "announcement": words})).await?;
    shop.tick().await?;
    for (email, subject, said) in [
        ("en@example.com", "Choose a password", "Come & <see> us!"),
        ("fr@example.com", "Choisissez", "Nous avons déménagé."),
        ("de@example.com", "Legen Sie", "Come & <see> us!"),
        ("any@example.com", "Choose a password", "We have moved."),
    ] {
        let mail = shop.mails(email).await?.remove(0);
        assert!(mail.subject.contains(subject) && mail.text.contains(said), "{email}: {}", mail.text);
        assert!(!mail.html.contains("<see>"), "{email}");
    }
    Ok(())
}

#[tokio::test]
async fn each_shop_invites_its_own() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    shop.brought_along("ada@example.com").await?;
    let others = shop.key_at("other", shared::domain::role::Role::Owner).await?;
    let begun = shop.ask("invite-accounts").at("other").bearer(&others).json(&json!({"audience": "all"})).send().await;
    assert_eq!(begun.status, 202);
    assert_eq!(shop.minutes(2).await?, 0);
    shop.invite(json!({"audience": "all"})).await?;
    assert_eq!(shop.minutes(2).await?, 1);
    assert_eq!(shop.every_mail().await?[0].store, "demo");
    let token = shop.link_token("ada@example.com").await?;
    let elsewhere = shop.ask("reset-password").at("other").json(&json!({"token": token, "password": "a first password"})).send().await;
    assert_eq!(elsewhere.status, 410);
    Ok(())
}

#[tokio::test]
async fn nobody_is_lost_or_mailed_twice_over_many_pages() -> Outcome {
    let shop = busy_shop().await?;
    let everybody: BTreeSet<String> = many(&shop, 730).await?.into_iter().collect();
    shop.customer("active@example.com").await?;
    let campaign = shop.invite(json!({"audience": "all"})).await?;
    assert_eq!(shop.minutes(1).await?, 300, "five a second at most");
    assert_eq!(shop.minutes(2).await?, 430);
    let mails = invited(&shop).await?;
    assert_eq!((mails.len(), mails.into_iter().collect::<BTreeSet<_>>()), (730, everybody));
    assert_eq!(shop.campaign(&campaign).await["counts"]["sent"], 730);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_runners_at_once_mail_everybody_once() -> Outcome {
    let shop = busy_shop().await?;
    many(&shop, 200).await?;
    let campaign = shop.invite(json!({"audience": "all"})).await?;
    let mut mailed = 0;
    for _ in 0..4 {
        let both = futures::join!(shop.tick(), shop.tick(), shop.tick());
        for outcome in [both.0, both.1, both.2].into_iter().flatten() {
            mailed += outcome.mailed;
        }
        shop.wait(60);
    }
    let mails = invited(&shop).await?;
    assert_eq!((mailed, mails.len(), mails.iter().collect::<BTreeSet<_>>().len()), (200, 200, 200));
    assert_eq!(shop.campaign(&campaign).await["counts"]["sent"], 200);
    Ok(())
}

#[tokio::test]
async fn a_runner_that_is_cut_off_anywhere_has_nobody_mailed_twice_and_nobody_lost() -> Outcome {
    for after in [false, true] {
        for at in 0..9 {
            let mut shop = busy_shop().await?;
            many(&shop, 7).await?;
            let campaign = shop.invite(json!({"audience": "all"})).await?;
            shop.watch(CutOff::at(at, after))?;
            let cut_off = shop.tick().await;
            assert_eq!(cut_off, Err(Incomplete), "at {at}, after {after}");
            shop.find_everything_again()?;
            shop.wait(60);
            shop.minutes(2).await?;
            let mails = invited(&shop).await?;
            assert_eq!((mails.len(), mails.iter().collect::<BTreeSet<_>>().len()), (7, 7), "at {at}, after {after}");
            assert_eq!(shop.campaign(&campaign).await["counts"]["sent"], 7, "at {at}, after {after}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_runner_that_is_cut_off_gives_the_budget_no_mail_back_that_has_gone_out() -> Outcome {
    let mut shop = Shop::open().await?;
    budget(&shop, 3600).await?;
    many(&shop, 60).await?;
    shop.invite(json!({"audience": "all"})).await?;
    // Less than the rate by which the campaign began.
    budget(&shop, 50).await?;
    shop.watch(CutOff::at(12, true))?;
    assert_eq!(shop.tick().await, Err(Incomplete));
    shop.find_everything_again()?;
    let before = invited(&shop).await?.len();
    shop.wait(60);
    shop.minutes(5).await?;
    let mailed = invited(&shop).await?.len();
    // Two fifths of the budget, and what six minutes add.
    assert!(before >= 12 && (before..=27).contains(&mailed), "{before} and then {mailed}");
    Ok(())
}

#[tokio::test]
async fn without_the_table_a_runner_says_so_and_the_next_goes_on() -> Outcome {
    let mut shop = Shop::open().await?;
    shop.brought_along("ada@example.com").await?;
    shop.invite(json!({"audience": "all"})).await?;
    shop.lose_the_table()?;
    assert_eq!(shop.tick().await, Err(Incomplete));
    shop.lose_the_secrets()?;
    assert_eq!(shop.tick().await, Err(Incomplete));
    shop.find_everything_again()?;
    assert_eq!(shop.minutes(1).await?, 1);
    Ok(())
}

#[tokio::test]
async fn mails_that_ses_does_not_take_wait_in_the_outbox_and_go_out_once() -> Outcome {
    let mut shop = Shop::open().await?;
    many(&shop, 5).await?;
    shop.invite(json!({"audience": "all"})).await?;
    shop.tick().await?;
    let records = shop.outbox_records()?;
    shop.lose_ses()?;
    let event = serde_json::from_value(json!({"Records": records}))?;
    assert_eq!(shared::stream::handle(&shop.functions.of("send-mail"), event, "").await.batch_item_failures.len(), 1);
    assert_eq!(shop.minutes(3).await?, 0, "whoever is on their way is not put there again");
    shop.find_everything_again()?;
    let mails = invited(&shop).await?;
    assert_eq!((mails.len(), mails.iter().collect::<BTreeSet<_>>().len()), (5, 5));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_signs_in_meanwhile_is_mailed_before_or_not_at_all_and_never_after() -> Outcome {
    let mut seen = BTreeSet::new();
    for ahead in HeadStart::rounds(7) {
        let shop = busy_shop().await?;
        let emails: Vec<_> = (0..12).map(|number| format!("customer{number}@example.com")).collect();
        for email in &emails {
            shop.imported(email, "a password from elsewhere").await?;
        }
        shop.invite(json!({"audience": "all"})).await?;
        let login = |(number, email): (u32, &String)| {
            shop.ask("login").from_network(number).json(&json!({"email": email, "password": "a password from elsewhere"})).send()
        };
        let (signed_in, ticked) = shop.race(ahead, join_all((0..).zip(&emails).map(login)), shop.tick()).await;
        ticked?;
        assert!(signed_in.iter().all(|answer| answer.status == 200), "an invitation is in nobody's way: {signed_in:?}");
        let mailed = invited(&shop).await?;
        for email in &emails {
            let links = shop.mails(email).await?.len();
            seen.insert(links);
            assert_eq!(links, mailed.iter().filter(|to| *to == email).count());
            if links > 0 {
                let token = shop.link_token(email).await?;
                assert_eq!(set_password(&shop, &token).await.status, 204, "an imported password is no proof of the mailbox: the link is");
            }
            assert_eq!(shop.account(email).await?.map(|account| account.status), Some(AccountStatus::Active));
        }
    }
    assert_eq!(seen, BTreeSet::from([0, 1]), "some were mailed before they signed in, and some were not mailed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_invitation_that_races_a_block_is_worth_anything() -> Outcome {
    let mut seen = BTreeSet::new();
    for ahead in HeadStart::rounds(7) {
        let shop = busy_shop().await?;
        let emails = many(&shop, 12).await?;
        shop.invite(json!({"audience": "all"})).await?;
        let (blocked, ticked) = shop.race(ahead, join_all(emails.iter().map(|email| shop.block_email(email))), shop.tick()).await;
        ticked?;
        assert!(blocked.iter().all(Result::is_ok));
        for email in &emails {
            let mailed = !shop.mails(email).await?.is_empty();
            seen.insert(mailed);
            if mailed {
                let answer = set_password(&shop, &shop.link_token(email).await?).await;
                assert!(matches!(answer.status, 403 | 410), "{answer:?}");
            }
            assert_eq!(shop.account(email).await?.map(|account| account.status), Some(AccountStatus::Invited));
        }
        assert_eq!(shop.minutes(2).await?, 0, "nobody is mailed after the block");
    }
    assert_eq!(seen, BTreeSet::from([false, true]), "some were mailed before they were blocked, and some were not mailed");
    Ok(())
}

#[tokio::test]
async fn a_reset_link_and_an_invitation_do_not_cancel_each_other_but_whichever_is_used_ends_the_other() -> Outcome {
    for first in ["invite", "reset"] {
        let shop = Shop::open().await?;
        shop.brought_along("ada@example.com").await?;
        shop.invite(json!({"audience": "all"})).await?;
        shop.tick().await?;
        let invitation = shop.link_token("ada@example.com").await?;
        assert_eq!(shop.post("forgot-password", json!({"email": "ada@example.com"})).await.status, 202);
        let reset = shop.link_token("ada@example.com").await?;
        let (used, other) = if first == "invite" { (invitation, reset) } else { (reset, invitation) };
        assert_eq!(set_password(&shop, &used).await.status, 204, "{first}");
        assert_eq!(set_password(&shop, &other).await.refusal(), (410, "expired".to_owned()), "{first}");
        shop.wait(60);
        assert_eq!(set_password(&shop, &used).await.refusal(), (410, "expired".to_owned()), "{first}");
    }
    Ok(())
}

#[tokio::test]
async fn what_the_runner_writes_tells_nothing_that_opens_an_account() -> Outcome {
    let shop = Shop::open().await?;
    shop.brought_along("ada@example.com").await?;
    shop.invite(json!({"audience": "all"})).await?;
    shop.tick().await?;
    let table = shop.table().await?;
    let token = shop.link_token("ada@example.com").await?;
    let (challenge, secret) = token.split_once('.').ok_or("a token has two parts")?;
    assert!(table.holds(challenge) && !table.holds(secret) && !table.holds(&secret[..16]));
    let ends: Vec<Option<&String>> = table.of("CHALLENGE#INVITE").map(|item| item["exp"].as_n().ok()).collect();
    let week = (shop.clock.now().unix_seconds() + 7 * 86_400).to_string();
    assert_eq!(ends, [Some(&week)]);
    assert!(table.0.iter().filter(|item| text(item, "pk") == "J").all(|item| item.len() == 4), "an open campaign is named, and no more");
    Ok(())
}
