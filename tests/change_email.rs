//! `change-email`: both mailboxes proved, the old one told, and the account stays who it is.

use std::time::Duration;

use serde_json::{Value, json};
use shared::{
    domain::{
        address_keys::AddressKeys,
        block::{BlockKind, BlockRule, Scope},
        challenge::{Asker, ChallengeId, ChallengePlace, Proves, Slot},
        domain_name::DomainName,
        email_address::EmailAddress,
        identifier::AccountId,
        shop_slug::ShopSlug,
    },
    store::read::Wanted,
};
use tests::{Answer, Customer, Failure, Outcome, Shop, text};

const NEW: &str = "ada@new.example";

/// A code from the present mailbox, and its challenge.
async fn proof(shop: &Shop, email: &str) -> Result<(String, String), Failure> {
    shop.wait(60);
    shop.challenge(email, "change-email").await
}

async fn ask(shop: &Shop, access_token: &str, (challenge_id, code): &(String, String), new_email: &str) -> Answer {
    let body = json!({"challenge_id": challenge_id, "code": code, "new_email": new_email});
    shop.ask("change-email").bearer(access_token).json(&body).send().await
}

async fn verify(shop: &Shop, challenge_id: &str, code: &str) -> Answer {
    shop.post("verify-code", json!({"challenge_id": challenge_id, "code": code})).await
}

/// The challenge at the new mailbox, with its code.
async fn ask_to_move(shop: &Shop, customer: &Customer, new_email: &str) -> Result<(String, String), Failure> {
    let asked = ask(shop, &customer.access_token(), &proof(shop, &customer.email).await?, new_email).await;
    if asked.status != 202 {
        return Err(format!("the move was refused: {asked:?}").into());
    }
    Ok((asked.text("/challenge_id"), shop.code(new_email).await?))
}

async fn view(shop: &Shop, access_token: &str) -> Answer {
    shop.ask("view-account").bearer(access_token).send().await
}

async fn login(shop: &Shop, email: &str, password: &str) -> Answer {
    shop.post("login", json!({"email": email, "password": password})).await
}

/// The code of the challenge at this address's new mailbox, as only the keys' holder can know it.
async fn code_behind(shop: &Shop, email: &str) -> Result<String, Failure> {
    let slot = Slot { proves: Proves::NewMailbox, asker: Asker::Stranger, number: 0 };
    let wanted = Wanted::in_shop(ShopSlug::parse("demo")?).challenges(shop.email_key(email).await?, [slot]);
    let challenge = wanted.read(&shop.context.table, shop.clock.now()).await?.challenges.pop().ok_or("there is no challenge")?;
    let code = shop.context.signing_root().await?.code(&challenge.seed).ok_or("the root is retired")?;
    Ok(serde_json::to_value(&code)?.as_str().unwrap_or_default().to_owned())
}

fn other_than(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

/// That the account stands where it stood, as it was, with the session that asked.
async fn assert_unmoved(shop: &Shop, ada: &Customer) -> Outcome {
    let seen = view(shop, &ada.access_token()).await;
    assert_eq!((seen.status, seen.text("/email"), seen.text("/id")), (200, ada.email.clone(), ada.account_id()));
    Ok(())
}

#[tokio::test]
async fn an_account_moves_once_both_mailboxes_are_proved() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let proof = proof(&shop, &ada.email).await?;
    assert_eq!(shop.mail_kinds(&ada.email).await?[0], "change-email-code");

    let asked = ask(&shop, &ada.access_token(), &proof, "Ada@New.Example").await;
    assert_eq!((asked.status, &asked.body["expires_in"], &asked.body["resend_after"]), (202, &json!(600), &json!(60)), "{asked:?}");
    assert_unmoved(&shop, &ada).await?;
    assert_eq!(shop.mail_kinds(NEW).await?, ["new-email-code"]);
    let moved = verify(&shop, &asked.text("/challenge_id"), &shop.code(NEW).await?).await;

    assert_eq!(moved.status, 200, "{moved:?}");
    let account = json!({"id": ada.account_id(), "email": NEW, "name": "Ada", "locale": "en", "is_new": false});
    assert_eq!(moved.body["account"], account);
    assert_eq!(shop.mail_kinds(&ada.email).await?[0], "email-changed-old");
    assert_eq!(shop.mail_kinds(NEW).await?, ["email-changed-new", "new-email-code"]);
    assert!(shop.account(&ada.email).await?.is_none());
    assert_eq!(view(&shop, &moved.text("/access_token")).await.text("/email"), NEW);
    assert_eq!(login(&shop, NEW, &ada.password).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn everything_but_the_address_and_the_sessions_stays() -> Outcome {
    let shop = Shop::open().await?;
    let signed_up = shop.customer("ada@example.com").await?;
    let rule = BlockRule::Email(EmailAddress::parse(&signed_up.email)?);
    let block = shop.block(rule, &[Scope::Checkout], None).await?;
    shop.hold(&signed_up.email).await?;
    let ada = Customer { session: login(&shop, &signed_up.email, &signed_up.password).await, ..signed_up };
    let address = json!({"country": "FR", "street": ["10 rue de la Paix"], "postal_code": "75002", "city": "Paris"});
    let told = json!({"marketing_consent": true, "shipping_address": address, "billing_address": address});
    assert_eq!(shop.ask("update-account").bearer(&ada.access_token()).json(&told).send().await.status, 200);
    let before = (view(&shop, &ada.access_token()).await.body, shop.account(&ada.email).await?.ok_or("gone")?);

    let (challenge_id, code) = ask_to_move(&shop, &ada, NEW).await?;
    let moved = verify(&shop, &challenge_id, &code).await;
    assert_eq!(moved.status, 200, "{moved:?}");

    let after = (view(&shop, &moved.text("/access_token")).await.body, shop.account(NEW).await?.ok_or("not moved")?);
    let mut expected = before.0;
    expected["email"] = json!(NEW);
    expected["sessions"] = after.0["sessions"].clone();
    assert_eq!(after.0, expected);
    assert_eq!((after.0["sessions"].as_array().map(Vec::len), after.1.sessions.len()), (Some(1), 1));
    assert_eq!((&after.1.holds, after.1.created_at), (&before.1.holds, before.1.created_at));
    assert!(after.1.password == before.1.password && after.1.epoch == before.1.epoch.next());

    let by_account = json!({"account_id": ada.account_id(), "scope": "checkout"});
    for by in [by_account, json!({"email": NEW, "scope": "checkout"}), json!({"email": ada.email, "scope": "checkout"})] {
        let check = shop.ask("block-check").bearer(&shop.owner_key).json(&by).send().await;
        assert_eq!(check.text("/block_id"), block.as_str(), "{by}");
    }
    let table = shop.table().await?;
    assert_eq!(["ACCOUNT", "PROFILE", "ID"].map(|sk| table.of(sk).count()), [1, 1, 1]);
    let pointer = table.of("ID").next().ok_or("no pointer")?;
    assert_eq!(text(pointer, "email_key"), shop.email_key(NEW).await?.encoded());
    let challenges = table.0.iter().map(|item| text(item, "sk")).filter(|kind| kind.starts_with("CHALLENGE"));
    assert_eq!(challenges.collect::<Vec<_>>(), ["CHALLENGE#NEW-MAILBOX"], "what was asked of the old mailbox is gone");
    Ok(())
}

#[tokio::test]
async fn nothing_of_before_the_move_signs_in() -> Outcome {
    let shop = Shop::open().await?;
    let signed_up = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let ada = Customer { session: login(&shop, &signed_up.email, &signed_up.password).await, ..signed_up };
    let second = login(&shop, &ada.email, &ada.password).await;
    let mut codes = Vec::new();
    for purpose in ["sign-in", "delete-account"] {
        shop.wait(60);
        codes.push(shop.challenge(&ada.email, purpose).await?);
    }
    shop.wait(60);
    shop.post("forgot-password", json!({"email": ada.email})).await;
    let link = shop.link_token(&ada.email).await?;
    let (challenge_id, code) = ask_to_move(&shop, &ada, NEW).await?;
    shop.wait(60);
    let late = proof(&shop, &ada.email).await?;
    let moved = verify(&shop, &challenge_id, &code).await;
    assert_eq!(moved.status, 200, "{moved:?}");

    for session in [&ada.session, &second] {
        assert_eq!(view(&shop, &session.text("/access_token")).await.status, 401);
        assert_eq!(shop.post("refresh-session", json!({"refresh_token": session.text("/refresh_token")})).await.status, 401);
    }
    for (challenge_id, code) in &codes {
        assert_eq!(verify(&shop, challenge_id, code).await.refusal(), (410, "expired".to_owned()));
    }
    assert_eq!(ask(&shop, &moved.text("/access_token"), &late, "ada@third.example").await.refusal(), (410, "expired".to_owned()));
    assert_eq!(shop.post("reset-password", json!({"token": link, "password": "an attackers password"})).await.status, 410);
    shop.wait(60);
    assert_eq!(verify(&shop, &challenge_id, &code).await.status, 410, "the new mailbox's code counts once");
    assert_eq!(login(&shop, &ada.email, &ada.password).await.status, 401);

    let device = json!({"email": NEW, "password": "not her password", "device_token": ada.device_token()});
    assert_eq!(shop.post("login", device).await.status, 401);
    let known = format!("passwords-known#{}", shop.email_key(NEW).await?.encoded());
    assert!(!shop.table().await?.holds(&known), "the old browser is not known at the new address");
    assert_eq!(view(&shop, &moved.text("/access_token")).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn the_old_address_is_free_for_another_account() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let (challenge_id, code) = ask_to_move(&shop, &ada, NEW).await?;
    let moved = verify(&shop, &challenge_id, &code).await;
    shop.wait(60);

    let other = shop.customer(&ada.email).await?;

    assert_eq!(other.session.body["account"]["is_new"], true);
    assert_ne!(other.account_id(), ada.account_id());
    assert_eq!(view(&shop, &ada.access_token()).await.status, 401, "a token of before is not the newcomer's");
    assert_eq!(view(&shop, &other.access_token()).await.text("/email"), ada.email);
    assert_eq!(view(&shop, &moved.text("/access_token")).await.text("/id"), ada.account_id());
    assert_eq!(shop.table().await?.of("ID").count(), 2);
    Ok(())
}

#[tokio::test]
async fn an_account_moves_there_and_back() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let (challenge_id, code) = ask_to_move(&shop, &ada, NEW).await?;
    let there = Customer { email: NEW.to_owned(), session: verify(&shop, &challenge_id, &code).await, ..ada.clone() };
    let (challenge_id, code) = ask_to_move(&shop, &there, &ada.email).await?;
    let back = verify(&shop, &challenge_id, &code).await;
    assert_eq!((back.status, back.text("/account/id"), back.text("/account/email")), (200, ada.account_id(), ada.email));
    assert_eq!(shop.table().await?.of("ACCOUNT").count(), 1);
    Ok(())
}

#[tokio::test]
async fn five_wrong_codes_end_the_proof_of_the_old_mailbox() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let (challenge_id, code) = proof(&shop, &ada.email).await?;
    let wrong = (challenge_id.clone(), other_than(&code).to_owned());
    for _ in 0..5 {
        assert_eq!(ask(&shop, &ada.access_token(), &wrong, NEW).await.refusal(), (401, "invalid_code".to_owned()));
    }
    assert_eq!(ask(&shop, &ada.access_token(), &(challenge_id, code), NEW).await.refusal(), (410, "expired".to_owned()));
    assert_eq!(shop.mails(NEW).await?.len(), 0);
    let address = shop.email_key(NEW).await?.encoded();
    let spent = shop.table().await?;
    let sends = spent.of("LIMIT").find(|item| text(item, "pk").ends_with(&format!("sends-address#{address}")));
    assert!(sends.is_none_or(|item| item["t0"].as_n().is_ok_and(|at| at == "0")), "wrong codes spend none of the new address's mails");
    assert_unmoved(&shop, &ada).await
}

#[tokio::test]
async fn a_code_of_either_mailbox_lives_ten_minutes_and_counts_once() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let old = proof(&shop, &ada.email).await?;
    shop.wait(600);
    assert_eq!(ask(&shop, &ada.access_token(), &old, NEW).await.refusal(), (410, "expired".to_owned()));

    let ada = Customer { session: login(&shop, &ada.email, &ada.password).await, ..ada };
    let old = proof(&shop, &ada.email).await?;
    let asked = ask(&shop, &ada.access_token(), &old, NEW).await;
    assert_eq!(ask(&shop, &ada.access_token(), &old, "ada@third.example").await.status, 410, "once");
    let code = shop.code(NEW).await?;
    shop.wait(600);
    assert_eq!(verify(&shop, &asked.text("/challenge_id"), &code).await.refusal(), (410, "expired".to_owned()));
    assert_unmoved(&shop, &ada).await
}

#[tokio::test]
async fn a_code_of_another_purpose_or_another_mailbox_proves_nothing_here() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, bob) = (shop.customer("ada@example.com").await?, shop.customer("bob@example.com").await?);
    let bobs = proof(&shop, &bob.email).await?;
    let mut proofs = vec![("Bob's", bobs.clone())];
    for purpose in ["sign-in", "delete-account"] {
        shop.wait(60);
        proofs.push((purpose, shop.challenge(&ada.email, purpose).await?));
    }
    shop.wait(60);
    proofs.push(("a new mailbox's", ask_to_move(&shop, &ada, NEW).await?));
    for (what, proof) in &proofs {
        assert_eq!(ask(&shop, &ada.access_token(), proof, "ada@third.example").await.refusal(), (410, "expired".to_owned()), "{what}");
    }
    let own = proof(&shop, &ada.email).await?;
    assert_eq!(ask(&shop, &bob.access_token(), &own, "eve@third.example").await.refusal(), (410, "expired".to_owned()), "Bob, with Ada's");
    if own.1 != bobs.1 {
        let crossed = (own.0.clone(), bobs.1.clone());
        assert_eq!(ask(&shop, &ada.access_token(), &crossed, "ada@third.example").await.refusal(), (401, "invalid_code".to_owned()));
    }
    assert_eq!(shop.mails("ada@third.example").await?.len() + shop.mails("eve@third.example").await?.len(), 0);
    assert_eq!(ask(&shop, &bob.access_token(), &bobs, "bob@third.example").await.status, 202, "and Bob's own is good still");
    Ok(())
}

#[tokio::test]
async fn the_code_of_the_old_mailbox_signs_nobody_in() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let old = proof(&shop, &ada.email).await?;
    for _ in 0..6 {
        assert_eq!(verify(&shop, &old.0, &old.1).await.refusal(), (410, "expired".to_owned()));
    }
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 1);
    assert_eq!(ask(&shop, &ada.access_token(), &old, NEW).await.status, 202, "and no guess at it was spent");
    let refused = shop.post("send-code", json!({"email": ada.email, "purpose": "new-email"})).await;
    assert_eq!(refused.invalid_field(), ("purpose".to_owned(), "not_one_of_the_values".to_owned()));
    Ok(())
}

#[tokio::test]
async fn without_a_session_of_this_shop_the_right_code_is_worth_nothing() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    let ada = shop.customer("ada@example.com").await?;
    let old = proof(&shop, &ada.email).await?;
    let body = json!({"challenge_id": old.0, "code": old.1, "new_email": NEW});
    assert_eq!(shop.ask("change-email").json(&body).send().await.refusal(), (401, "invalid_token".to_owned()));
    assert_eq!(shop.ask("change-email").at("other").bearer(&ada.access_token()).json(&body).send().await.status, 401);
    for token in [ada.refresh_token(), ada.device_token(), shop.owner_key.clone()] {
        assert_eq!(ask(&shop, &token, &old, NEW).await.status, 401);
    }
    let second = login(&shop, &ada.email, &ada.password).await;
    shop.ask("logout").bearer(&ada.access_token()).send().await;
    assert_eq!(ask(&shop, &ada.access_token(), &old, NEW).await.refusal(), (401, "invalid_token".to_owned()), "an ended session");
    assert_eq!(shop.mails(NEW).await?.len(), 0);
    assert_eq!(ask(&shop, &second.text("/access_token"), &old, NEW).await.status, 202);
    Ok(())
}

#[tokio::test]
async fn a_new_address_that_is_taken_closed_or_blocked_shows_in_its_mailbox_alone() -> Outcome {
    let shop = Shop::open().await?;
    let closed = shop.customer("closed@example.com").await?;
    shop.ask("delete-account").bearer(&closed.access_token()).json(&json!({"mode": "close"})).send().await;
    shop.wait(600);
    let signed_up = shop.customer("ada@example.com").await?;
    let taken = shop.customer("taken@example.com").await?;
    shop.customer("banned@example.com").await?;
    shop.block_email("banned@example.com").await?;
    shop.block_email("refused@example.com").await?;
    shop.block(BlockRule::Domain(DomainName::parse("blocked.com")?), &Scope::ALL, None).await?;

    let mut first = None;
    for (email, mails) in [
        ("nobody@example.com", vec!["new-email-code"]),
        ("taken@example.com", vec!["email-taken"]),
        ("closed@example.com", vec!["email-taken"]),
        ("banned@example.com", vec![]),
        ("refused@example.com", vec![]),
        ("anybody@blocked.com", vec![]),
    ] {
        shop.wait_a_day();
        let ada = Customer { session: login(&shop, &signed_up.email, &signed_up.password).await, ..signed_up.clone() };
        let before = (shop.mails(email).await?.len(), shop.table().await?.account(email).cloned());
        let asked = ask(&shop, &ada.access_token(), &proof(&shop, &ada.email).await?, email).await;
        assert_eq!(asked.status, 202, "{email}");
        assert_eq!(asked.class(), *first.get_or_insert_with(|| asked.class()), "{email}");
        let sent = shop.mail_kinds(email).await?;
        assert_eq!(sent[..sent.len() - before.0], mails, "{email}");
        if mails != ["new-email-code"] {
            let refused = verify(&shop, &asked.text("/challenge_id"), &code_behind(&shop, email).await?).await;
            assert_eq!(refused.refusal(), (401, "invalid_code".to_owned()), "{email}: its code is never right");
        }
        assert_eq!(shop.table().await?.account(email).cloned(), before.1, "{email}");
        assert_unmoved(&shop, &ada).await?;
    }
    assert_eq!(login(&shop, &taken.email, &taken.password).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn an_account_does_not_move_to_where_it_is() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let old = proof(&shop, &ada.email).await?;
    for same in ["ada@example.com", "Ada@Example.COM", "ADA@EXAMPLE.COM"] {
        let refused = ask(&shop, &ada.access_token(), &old, same).await;
        assert_eq!((refused.status, refused.invalid_field()), (422, ("new_email".to_owned(), "same_address".to_owned())), "{same}");
    }
    for (new_email, code) in [(json!("a b@new.example"), "invalid_local_part"), (json!([NEW]), "wrong_type"), (Value::Null, "wrong_type")] {
        let body = json!({"challenge_id": old.0, "code": old.1, "new_email": new_email});
        let refused = shop.ask("change-email").bearer(&ada.access_token()).json(&body).send().await;
        assert_eq!((refused.status, refused.invalid_field()), (422, ("new_email".to_owned(), code.to_owned())));
    }
    assert_eq!(ask(&shop, &ada.access_token(), &old, "ada+1@example.com").await.status, 202, "another address, and the code was not spent");
    Ok(())
}

#[tokio::test]
async fn a_challenge_that_names_a_move_to_where_the_account_is_names_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let email_key = shop.email_key(&ada.email).await?;
    let slot = Slot { proves: Proves::NewMailbox, asker: Asker::Stranger, number: 0 };
    let address = AddressKeys::unfolded(email_key, DomainName::parse("example.com")?);
    let place = ChallengePlace { slot, address: address.clone(), moves_from: Some(address) };
    let answer = verify(&shop, ChallengeId::from_random(place, [0; 9]).as_str(), "123456").await;
    assert_eq!((answer.status, answer.invalid_field()), (422, ("challenge_id".to_owned(), "invalid_identifier".to_owned())));
    Ok(())
}

#[tokio::test]
async fn mails_to_the_new_address_are_counted_with_all_others_and_a_refused_request_keeps_its_code() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let old = proof(&shop, &ada.email).await?;
    shop.post("send-code", json!({"email": NEW})).await;
    for _ in 0..6 {
        let refused = ask(&shop, &ada.access_token(), &old, NEW).await;
        assert_eq!((refused.refusal(), refused.retry_after()), ((429, "rate_limited".to_owned()), 60));
    }
    shop.wait(60);
    assert_eq!(ask(&shop, &ada.access_token(), &old, NEW).await.status, 202);
    assert_eq!(shop.post("send-code", json!({"email": NEW})).await.status, 429, "and the other way round");
    Ok(())
}

#[tokio::test]
async fn ten_sessions_that_ask_for_one_new_address_cause_five_mails_an_hour() -> Outcome {
    let shop = Shop::open().await?;
    let mut customers = Vec::new();
    for number in 0..10 {
        customers.push(shop.customer(&format!("eve{number}@example.com")).await?);
        shop.wait(60);
    }
    shop.wait_a_day();
    let mut statuses = Vec::new();
    for (network, eve) in (1..).zip(&customers) {
        let from = |operation| shop.ask(operation).from_network(network);
        let session = from("login").json(&json!({"email": eve.email, "password": eve.password})).send().await;
        let sent = from("send-code").json(&json!({"email": eve.email, "purpose": "change-email"})).send().await;
        let body =
            json!({"challenge_id": sent.text("/challenge_id"), "code": shop.code(&eve.email).await?, "new_email": "victim@example.com"});
        statuses.push(from("change-email").bearer(&session.text("/access_token")).json(&body).send().await.status);
        shop.wait(60);
    }
    assert_eq!(statuses, [202, 202, 202, 202, 202, 429, 429, 429, 429, 429]);
    assert_eq!(shop.mails("victim@example.com").await?.len(), 5);
    Ok(())
}

#[tokio::test]
async fn a_sign_up_at_the_new_address_in_between_wins_and_nothing_is_lost_on_either_side() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let (challenge_id, code) = ask_to_move(&shop, &ada, NEW).await?;
    shop.wait(60);
    let owner = shop.customer(NEW).await?;

    assert_eq!(verify(&shop, &challenge_id, &code).await.refusal(), (410, "expired".to_owned()));

    assert_unmoved(&shop, &ada).await?;
    assert_unmoved(&shop, &owner).await?;
    assert_eq!(login(&shop, &ada.email, &ada.password).await.status, 200);
    let table = shop.table().await?;
    assert_eq!(["ACCOUNT", "PROFILE", "ID"].map(|sk| table.of(sk).count()), [2, 2, 2]);
    Ok(())
}

#[tokio::test]
async fn a_sign_up_that_is_proved_after_the_move_opens_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let form = json!({"email": NEW, "password": "an attackers password", "name": "Eve"});
    let sign_up = shop.post("create-account", form).await.text("/challenge_id");
    let sign_up_code = shop.code(NEW).await?;
    let (challenge_id, code) = ask_to_move(&shop, &ada, NEW).await?;
    let moved = verify(&shop, &challenge_id, &code).await;
    assert_eq!(moved.status, 200);

    assert_eq!(verify(&shop, &sign_up, &sign_up_code).await.refusal(), (410, "expired".to_owned()));

    assert_eq!(login(&shop, NEW, "an attackers password").await.status, 401);
    assert_eq!(login(&shop, NEW, &ada.password).await.text("/account/name"), "Ada");
    Ok(())
}

#[tokio::test]
async fn an_attacker_does_not_take_an_address_whose_mailbox_they_cannot_read() -> Outcome {
    let shop = Shop::open().await?;
    let eve = shop.customer("eve@example.com").await?;
    let asked = ask(&shop, &eve.access_token(), &proof(&shop, &eve.email).await?, "victim@example.com").await;
    let code = shop.code("victim@example.com").await?;
    for _ in 0..5 {
        assert_eq!(verify(&shop, &asked.text("/challenge_id"), other_than(&code)).await.refusal(), (401, "invalid_code".to_owned()));
    }
    shop.wait(60);
    let victim = shop.customer("victim@example.com").await?;
    assert_eq!(victim.session.body["account"]["is_new"], true);
    assert_ne!(victim.account_id(), eve.account_id());
    assert_eq!(verify(&shop, &asked.text("/challenge_id"), &code).await.status, 410);
    assert_eq!(shop.table().await?.sessions(&victim.email).len(), 1);
    assert_unmoved(&shop, &eve).await
}

#[tokio::test]
async fn of_two_who_want_to_move_to_one_address_the_newest_request_counts() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, bob) = (shop.customer("ada@example.com").await?, shop.customer("bob@example.com").await?);
    let (first, first_code) = ask_to_move(&shop, &ada, NEW).await?;
    let (second, second_code) = ask_to_move(&shop, &bob, NEW).await?;
    for code in [&first_code, &second_code] {
        assert_eq!(verify(&shop, &first, code).await.refusal(), (410, "expired".to_owned()));
    }
    assert_eq!(verify(&shop, &second, &second_code).await.text("/account/id"), bob.account_id());
    assert_unmoved(&shop, &ada).await
}

#[tokio::test]
async fn what_changes_between_the_request_and_its_proof_is_not_lost() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let (challenge_id, code) = ask_to_move(&shop, &ada, NEW).await?;
    shop.hold(&ada.email).await?;
    let address = json!({"country": "FR", "street": ["10 rue de la Paix"], "postal_code": "75002", "city": "Paris"});
    let told = json!({"name": "Ada L.", "locale": "fr", "marketing_consent": false, "billing_address": address});
    assert_eq!(shop.ask("update-account").bearer(&ada.access_token()).json(&told).send().await.status, 200);

    let moved = verify(&shop, &challenge_id, &code).await;

    assert_eq!((moved.status, moved.text("/account/name"), moved.text("/account/locale")), (200, "Ada L.".to_owned(), "fr".to_owned()));
    let seen = view(&shop, &moved.text("/access_token")).await;
    assert_eq!((&seen.body["billing_address"], &seen.body["marketing_consent"]["given"]), (&address, &json!(false)));
    assert_eq!(shop.account(NEW).await?.ok_or("not moved")?.holds.len(), 1);
    let delete = shop.ask("delete-account").bearer(&moved.text("/access_token")).json(&json!({"mode": "erase"}));
    assert_eq!(delete.send().await.refusal(), (409, "held".to_owned()));
    Ok(())
}

#[tokio::test]
async fn whatever_ends_the_sessions_in_between_ends_the_move() -> Outcome {
    for end in ["block", "reset", "change", "everywhere", "close", "erase"] {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let (challenge_id, code) = ask_to_move(&shop, &ada, NEW).await?;
        let ask = |operation| shop.ask(operation).bearer(&ada.access_token());
        let status = match end {
            "block" => shop.block_email(&ada.email).await.map(|_| 204)?,
            "reset" => {
                shop.wait(60);
                shop.post("forgot-password", json!({"email": ada.email})).await;
                let reset = json!({"token": shop.link_token(&ada.email).await?, "password": "another password"});
                shop.post("reset-password", reset).await.status
            }
            "change" => {
                let body = json!({"current_password": ada.password, "new_password": "another password"});
                ask("change-password").json(&body).send().await.status
            }
            "everywhere" => ask("logout").json(&json!({"everywhere": true})).send().await.status,
            mode => ask("delete-account").json(&json!({"mode": mode})).send().await.status,
        };
        assert!(matches!(status, 202 | 204), "{end}");
        let before = shop.table().await?.account(&ada.email).cloned();

        assert_eq!(verify(&shop, &challenge_id, &code).await.refusal(), (410, "expired".to_owned()), "{end}");

        let table = shop.table().await?;
        assert_eq!((table.account(&ada.email).cloned(), table.account(NEW)), (before, None), "{end}");
    }
    Ok(())
}

#[tokio::test]
async fn a_sign_out_of_the_session_that_asked_does_not_end_the_move() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let (challenge_id, code) = ask_to_move(&shop, &ada, NEW).await?;
    shop.ask("logout").bearer(&ada.access_token()).send().await;
    assert_eq!(verify(&shop, &challenge_id, &code).await.status, 200, "both mailboxes were proved");
    Ok(())
}

#[tokio::test]
async fn a_block_of_the_new_address_or_its_domain_that_comes_in_between_wins() -> Outcome {
    for kind in ["email", "domain", "network"] {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let (challenge_id, code) = ask_to_move(&shop, &ada, NEW).await?;
        let rule = match kind {
            "email" => BlockRule::Email(EmailAddress::parse(NEW)?),
            "domain" => BlockRule::Domain(DomainName::parse("new.example")?),
            _ => BlockRule::cidr("192.0.2.0/24")?,
        };
        shop.block(rule, &Scope::ALL, None).await?;

        assert_eq!(verify(&shop, &challenge_id, &code).await.refusal(), (403, "blocked".to_owned()), "{kind}");

        assert!(shop.table().await?.account(NEW).is_none());
        assert_unmoved(&shop, &ada).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_block_of_the_old_address_in_another_spelling_or_of_its_domain_that_comes_in_between_wins() -> Outcome {
    for rule in [
        BlockRule::Email(EmailAddress::parse("ada+other@old.example")?),
        BlockRule::Domain(DomainName::parse("old.example")?),
        BlockRule::Domain(DomainName::parse("mail.old.example")?),
    ] {
        let shop = Shop::open().await?;
        let meets = rule.kind() == BlockKind::Email || rule == BlockRule::Domain(DomainName::parse("old.example")?);
        let ada = shop.customer("ada+1@old.example").await?;
        let (challenge_id, code) = ask_to_move(&shop, &ada, NEW).await?;
        shop.block(rule, &Scope::ALL, None).await?;

        let answer = verify(&shop, &challenge_id, &code).await;

        assert_eq!(answer.status, if meets { 403 } else { 200 });
        assert_eq!(shop.table().await?.account(NEW).is_none(), meets);
    }
    Ok(())
}

#[tokio::test]
async fn a_block_from_buying_that_names_the_new_address_names_the_account_from_then_on() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let (challenge_id, code) = ask_to_move(&shop, &ada, NEW).await?;
    let hour = Some(Duration::from_secs(3600));
    let block = shop.block(BlockRule::Email(EmailAddress::parse(NEW)?), &[Scope::Checkout], hour).await?;

    assert_eq!(verify(&shop, &challenge_id, &code).await.status, 200);

    let check = json!({"account_id": ada.account_id(), "scope": "checkout"});
    let check = shop.ask("block-check").bearer(&shop.owner_key).json(&check).send().await;
    assert_eq!(check.text("/block_id"), block.as_str());
    assert_eq!(shop.account(NEW).await?.ok_or("not moved")?.blocks.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_block_of_the_account_is_not_laid_on_whoever_is_at_its_old_address_now() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let (challenge_id, code) = ask_to_move(&shop, &ada, NEW).await?;
    assert_eq!(verify(&shop, &challenge_id, &code).await.status, 200);
    shop.wait(60);
    let newcomer = shop.customer(&ada.email).await?;

    shop.block(BlockRule::Account(AccountId::parse(&ada.account_id())?), &Scope::ALL, None).await?;

    assert_unmoved(&shop, &newcomer).await?;
    assert_eq!(login(&shop, NEW, &ada.password).await.refusal(), (403, "blocked".to_owned()), "it meets its account where that is");
    Ok(())
}

#[tokio::test]
async fn nobody_moves_away_from_a_block_of_their_domain_or_network() -> Outcome {
    for rule in [BlockRule::Domain(DomainName::parse("example.com")?), BlockRule::cidr("192.0.2.0/24")?] {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let old = proof(&shop, &ada.email).await?;
        shop.block(rule, &Scope::ALL, None).await?;

        let wrong = (old.0.clone(), other_than(&old.1).to_owned());
        assert_eq!(
            ask(&shop, &ada.access_token(), &wrong, NEW).await.refusal(),
            (401, "invalid_code".to_owned()),
            "it is told after the proof"
        );
        assert_eq!(ask(&shop, &ada.access_token(), &old, NEW).await.refusal(), (403, "blocked".to_owned()));
        assert_eq!(shop.mails(NEW).await?.len(), 0);
    }
    Ok(())
}

#[tokio::test]
async fn wrong_codes_make_the_next_code_longer_at_the_mailbox_that_was_guessed_at() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for _ in 0..3 {
        let (challenge_id, code) = proof(&shop, &ada.email).await?;
        let body = json!({"challenge_id": challenge_id, "code": code, "new_email": NEW});
        let asked = shop.ask("change-email").from(shop.another_network()).bearer(&ada.access_token()).json(&body).send().await;
        let (challenge_id, code) = (asked.text("/challenge_id"), shop.code(NEW).await?);
        for _ in 0..5 {
            assert_eq!(verify(&shop, &challenge_id, other_than(&code)).await.status, 401);
        }
    }
    let old = proof(&shop, &ada.email).await?;
    let asked = ask(&shop, &ada.access_token(), &old, NEW).await;
    let code = shop.code(NEW).await?;
    assert_eq!((old.1.len(), code.len()), (6, 8), "nobody has guessed at the old one");
    assert_eq!(verify(&shop, &asked.text("/challenge_id"), &code).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_shop_that_takes_no_new_customers_lets_its_own_move() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.set_up(|settings| settings.sign_up_open = false).await?;
    let (challenge_id, code) = ask_to_move(&shop, &ada, NEW).await?;
    assert_eq!(verify(&shop, &challenge_id, &code).await.status, 200);
    Ok(())
}
