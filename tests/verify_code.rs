//! `verify-code`: a mailed code, once, for a session.

use serde_json::{Value, json};
use shared::domain::{
    address_keys::AddressKeys,
    block::{BlockRule, Scope},
    challenge::{Asker, Challenge, ChallengeId, ChallengePlace, Proves, Slot},
    client_address::ClientAddress,
    domain_name::DomainName,
    identifier::EmailKey,
    shop_slug::ShopSlug,
};
use shared::store::read::Wanted;
use tests::{Answer, Failure, Outcome, Shop};

async fn verify(shop: &Shop, challenge: &str, code: &str) -> Answer {
    shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await
}

/// A code of the same shape that is not this one.
fn other_than(code: &str) -> String {
    let last = if code.ends_with('2') { '3' } else { '2' };
    code.chars().take(code.len() - 1).chain([last]).collect()
}

/// Spends every guess of a new challenge on wrong codes.
async fn guess_five_times(shop: &Shop, email: &str, from: u32) -> Result<(), Failure> {
    let sent = shop.ask("send-code").from_network(from).json(&json!({"email": email})).send().await;
    let wrong = other_than(&shop.code(email).await?);
    for _ in 0..5 {
        let body = json!({"challenge_id": sent.text("/challenge_id"), "code": wrong});
        assert_eq!(shop.ask("verify-code").from_network(from).json(&body).send().await.status, 401);
    }
    shop.wait(60);
    Ok(())
}

/// The challenge of this name.
async fn challenge_of(shop: &Shop, id: &str) -> Result<Challenge, Failure> {
    let place = ChallengeId::parse(id)?.place().clone();
    let wanted = Wanted::in_shop(ShopSlug::parse("demo")?).challenges(place.address.key, [place.slot]);
    Ok(wanted.read(&shop.context.table, shop.clock.now()).await?.challenges.pop().ok_or("there is no challenge")?)
}

#[tokio::test]
async fn the_right_code_opens_a_session_on_the_account_once() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
    let mails = shop.every_mail().await?.len();

    let session = verify(&shop, &challenge, &code).await;
    assert_eq!(session.status, 200);
    assert_eq!((session.text("/account/id"), session.body["account"]["is_new"].clone()), (ada.account_id(), json!(false)));
    let mut names: Vec<_> = session.body.as_object().into_iter().flat_map(serde_json::Map::keys).cloned().collect();
    names.sort();
    assert_eq!(names, ["access_token", "account", "device_token", "expires_in", "refresh_token", "token_type"]);

    shop.wait(60);
    assert_eq!(verify(&shop, &challenge, &code).await.refusal(), (410, "expired".to_owned()));
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 2);
    assert_eq!(shop.every_mail().await?.len(), mails, "a sign-in is not mailed about");
    Ok(())
}

#[tokio::test]
async fn the_first_proof_of_a_new_address_opens_its_account_and_welcomes_it() -> Outcome {
    let shop = Shop::open().await?;
    let (challenge, code) = shop.challenge("new@example.com", "sign-in").await?;
    let session = verify(&shop, &challenge, &code).await;
    assert_eq!(session.body["account"]["is_new"], true);
    assert_eq!(session.body["account"]["name"], Value::Null);
    assert_eq!(shop.mail_kinds("new@example.com").await?, ["account-created", "sign-in-code"]);
    let table = shop.table().await?;
    assert_eq!(
        (table.of("ACCOUNT").count(), table.of("PROFILE").count(), table.of("ID").count(), table.of("CHALLENGE#SIGN-IN").count()),
        (1, 1, 1, 1),
        "the challenge is kept for a minute"
    );
    Ok(())
}

#[tokio::test]
async fn a_code_is_read_however_its_mail_was_copied() -> Outcome {
    let shop = Shop::open().await?;
    for (number, spaced) in [" 123 456 ", "123-456", "1 2 3 4 5 6"].iter().enumerate() {
        let (challenge, code) = shop.challenge(&format!("customer-{number}@example.com"), "sign-in").await?;
        let mut digits = code.chars();
        let typed: String =
            spaced.chars().map(|character| if character.is_ascii_digit() { digits.next().unwrap_or('x') } else { character }).collect();
        assert_eq!(verify(&shop, &challenge, &typed).await.status, 200, "{spaced}");
    }
    Ok(())
}

#[tokio::test]
async fn five_wrong_codes_end_a_challenge_and_the_right_one_comes_too_late() -> Outcome {
    let shop = Shop::open().await?;
    let (challenge, code) = shop.challenge("ada@example.com", "sign-in").await?;
    for _ in 0..5 {
        assert_eq!(verify(&shop, &challenge, &other_than(&code)).await.refusal(), (401, "invalid_code".to_owned()));
    }
    for code in [other_than(&code), code] {
        assert_eq!(verify(&shop, &challenge, &code).await.refusal(), (410, "expired".to_owned()));
    }
    assert_eq!(shop.table().await?.of("ACCOUNT").count(), 0);
    Ok(())
}

#[tokio::test]
async fn the_fifth_guess_may_still_be_right() -> Outcome {
    let shop = Shop::open().await?;
    let (challenge, code) = shop.challenge("ada@example.com", "sign-in").await?;
    for _ in 0..4 {
        assert_eq!(verify(&shop, &challenge, &other_than(&code)).await.status, 401);
    }
    assert_eq!(verify(&shop, &challenge, &code).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_code_signs_in_by_its_own_challenge_and_by_no_other_of_the_same_address() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    let (old_challenge, old_code) = shop.challenge(&ada.email, "sign-in").await?;
    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;

    if old_code != code {
        assert_eq!(verify(&shop, &old_challenge, &code).await.status, 401);
        assert_eq!(verify(&shop, &challenge, &old_code).await.status, 401);
    }
    assert_eq!(verify(&shop, &challenge, &code).await.status, 200);
    assert_eq!(verify(&shop, &old_challenge, &old_code).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn the_code_that_a_known_device_waits_for_stays_good_whatever_strangers_ask_for() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    let ask = || shop.post("send-code", json!({"email": ada.email, "device_token": ada.device_token()}));
    let (old, old_code) = (ask().await.text("/challenge_id"), shop.code(&ada.email).await?);
    shop.wait(60);
    let (newest, code) = (ask().await.text("/challenge_id"), shop.code(&ada.email).await?);
    let mut strangers = Vec::new();
    for (number, operation) in (0..).zip(["send-code", "create-account", "forgot-password"]) {
        let sent = shop.ask(operation).from_network(number).json(&json!({"email": ada.email})).send().await;
        strangers.push(sent.text("/challenge_id"));
        shop.wait(60);
    }
    for _ in 0..5 {
        let guess = json!({"challenge_id": strangers[1], "code": other_than(&code)});
        assert_eq!(shop.ask("verify-code").from_network(9).json(&guess).send().await.status, 401);
    }

    assert_eq!((old, old_code), (newest.clone(), code.clone()), "asked for again, it is mailed again");
    assert_eq!(verify(&shop, &strangers[0], &code).await.status, 401);
    assert_eq!(verify(&shop, &newest, &code).await.status, 200);
    shop.wait(60);
    assert_eq!(verify(&shop, &newest, &code).await.status, 410);
    Ok(())
}

#[tokio::test]
async fn a_code_lives_ten_minutes_and_not_a_second_longer_though_it_still_stands_in_the_table() -> Outcome {
    for (purpose, kind) in [("sign-in", "CHALLENGE#SIGN-IN"), ("delete-account", "CHALLENGE#DELETION")] {
        for (seconds, status) in [(599, 200), (600, 410), (601, 410), (3600, 410)] {
            let shop = Shop::open().await?;
            let ada = shop.customer("ada@example.com").await?;
            shop.wait(60);
            let (challenge, code) = shop.challenge(&ada.email, purpose).await?;
            shop.wait(seconds);
            assert_eq!(verify(&shop, &challenge, &code).await.status, status, "{purpose} after {seconds} s");
            assert_eq!(shop.table().await?.of(kind).filter(|item| !item.contains_key("redeemed")).count(), usize::from(status == 410));
        }
    }
    Ok(())
}

#[tokio::test]
async fn whoever_is_blocked_after_the_code_was_sent_is_told_so_after_the_right_one_alone() -> Outcome {
    let rules = [
        (BlockRule::Domain(DomainName::parse("example.com")?), Scope::SignIn, "ada@example.com"),
        (BlockRule::Ip(ClientAddress::parse("192.0.2.1")?), Scope::SignIn, "ada@example.com"),
        (BlockRule::Domain(DomainName::parse("example.com")?), Scope::SignUp, "new@example.com"),
        (BlockRule::cidr("192.0.0.0/16")?, Scope::SignUp, "new@example.com"),
    ];
    for (rule, scope, email) in rules {
        let shop = Shop::open().await?;
        shop.customer("ada@example.com").await?;
        shop.wait(60);
        let (challenge, code) = shop.challenge(email, "sign-in").await?;
        shop.block(rule, &[scope], None).await?;
        assert_eq!(verify(&shop, &challenge, &other_than(&code)).await.refusal(), (401, "invalid_code".to_owned()));
        let right = verify(&shop, &challenge, &code).await;
        assert_eq!((right.refusal(), right.text("/detail")), ((403, "blocked".to_owned()), "Please call us.".to_owned()));
        assert_eq!((shop.table().await?.of("ACCOUNT").count(), shop.table().await?.sessions("ada@example.com").len()), (1, 1));
    }
    Ok(())
}

#[tokio::test]
async fn a_block_of_the_address_ends_its_code() -> Outcome {
    for email in ["ada@example.com", "new@example.com"] {
        let shop = Shop::open().await?;
        shop.customer("ada@example.com").await?;
        shop.wait(60);
        let (challenge, code) = shop.challenge(email, "sign-in").await?;
        shop.block_email(email).await?;
        assert!(matches!(verify(&shop, &challenge, &code).await.status, 403 | 410));
        assert_eq!((shop.table().await?.of("ACCOUNT").count(), shop.table().await?.sessions("new@example.com").len()), (1, 0));
    }
    Ok(())
}

#[tokio::test]
async fn a_block_for_sign_ups_does_not_keep_a_customer_from_signing_in_nor_one_for_sign_ins_a_new_one_from_signing_up() -> Outcome {
    for (scope, known, new) in [(Scope::SignUp, 200, 202), (Scope::SignIn, 202, 200)] {
        let shop = Shop::open().await?;
        shop.customer("ada@example.com").await?;
        shop.wait(60);
        shop.block(BlockRule::Domain(DomainName::parse("example.com")?), &[scope], None).await?;
        for (email, expected) in [("ada@example.com", known), ("new@example.com", new)] {
            let mails = shop.mails(email).await?.len();
            let sent = shop.post("send-code", json!({"email": email})).await;
            let mailed = shop.mails(email).await?.len() > mails;
            assert_eq!(mailed, expected == 200, "{scope:?} {email}");
            if mailed {
                assert_eq!(verify(&shop, &sent.text("/challenge_id"), &shop.code(email).await?).await.status, 200);
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_code_that_a_look_alike_would_have_is_wrong() -> Outcome {
    let shop = Shop::open().await?;
    shop.customer("ada@example.com").await?;
    shop.block_email("blocked@example.com").await?;
    shop.wait(60);
    for (operation, email, purpose) in [
        ("create-account", "ada@example.com", "sign-up"),
        ("create-account", "blocked@example.com", "sign-up"),
        ("send-code", "blocked@example.com", "sign-in"),
        ("send-code", "nobody@example.com", "delete-account"),
    ] {
        shop.wait(60);
        let body = if operation == "send-code" { json!({"email": email, "purpose": purpose}) } else { json!({"email": email}) };
        let sent = shop.post(operation, body).await;
        let seed = challenge_of(&shop, &sent.text("/challenge_id")).await?.seed;
        let code = shop.context.signing_root().await?.code(&seed).ok_or("the seed has no code")?;
        assert_eq!(
            verify(&shop, &sent.text("/challenge_id"), code.as_str()).await.refusal(),
            (401, "invalid_code".to_owned()),
            "{operation} {email}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_network_has_sixty_wrong_codes_in_ten_minutes_and_right_ones_cost_it_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let mut challenges = Vec::new();
    for number in 0..14 {
        let email = format!("customer-{number}@example.com");
        let sent = shop.ask("send-code").from_network(number).json(&json!({"email": email})).send().await;
        challenges.push((sent.text("/challenge_id"), shop.code(&email).await?));
    }
    let (challenge, code) = &challenges[13];
    assert_eq!(verify(&shop, challenge, code).await.status, 200);
    for (challenge, code) in &challenges[..12] {
        for _ in 0..5 {
            assert_eq!(verify(&shop, challenge, &other_than(code)).await.status, 401);
        }
    }

    let (challenge, code) = &challenges[12];
    let refused = verify(&shop, challenge, code).await;
    assert_eq!((refused.refusal(), refused.retry_after()), ((429, "rate_limited".to_owned()), 600));
    let elsewhere = shop.ask("verify-code").from_network(1).json(&json!({"challenge_id": challenge, "code": code})).send().await;
    assert_eq!(elsewhere.status, 200);
    shop.wait(599);
    assert_eq!(verify(&shop, challenge, code).await.retry_after(), 1);
    shop.wait(1);
    assert_eq!(verify(&shop, challenge, code).await.status, 410);
    Ok(())
}

#[tokio::test]
async fn codes_grow_to_eight_digits_after_fifteen_wrong_ones_and_to_ten_characters_after_twenty_five_in_a_row() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let mut lengths = Vec::new();
    for round in 0..5 {
        guess_five_times(&shop, &ada.email, round).await?;
        lengths.push(shop.code(&ada.email).await?.len());
    }
    assert_eq!(lengths, [6, 6, 6, 8, 8], "after 0, 5, 10, 15 and 20 wrong codes");
    shop.wait(3600);
    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
    assert_eq!(code.len(), 10, "after 25");
    assert!(code.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7')), "{code}");

    let typed = format!("{} {}", code[..5].to_uppercase(), &code[5..]);
    assert_eq!(verify(&shop, &challenge, &typed).await.status, 200, "and nobody is locked out");
    shop.wait(60);
    assert_eq!(shop.challenge(&ada.email, "sign-in").await?.1.len(), 8, "the row has ended, the day has not");
    shop.wait_a_day();
    assert_eq!(shop.challenge(&ada.email, "sign-in").await?.1.len(), 6);
    Ok(())
}

#[tokio::test]
async fn a_code_of_another_length_is_wrong_and_no_more() -> Outcome {
    let shop = Shop::open().await?;
    let (challenge, code) = shop.challenge("ada@example.com", "sign-in").await?;
    for other in [format!("{code}00"), format!("00{code}"), "abcdefgh23".to_owned()] {
        assert_eq!(verify(&shop, &challenge, &other).await.refusal(), (401, "invalid_code".to_owned()));
    }
    assert_eq!(verify(&shop, &challenge, &code).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_row_of_wrong_codes_is_forgotten_a_day_after_its_last() -> Outcome {
    let shop = Shop::open().await?;
    for round in 0..5 {
        guess_five_times(&shop, "ada@example.com", round).await?;
    }
    shop.wait_a_day();
    let (challenge, code) = shop.challenge("ada@example.com", "sign-in").await?;
    assert_eq!(code.len(), 6);
    assert_eq!(verify(&shop, &challenge, &other_than(&code)).await.status, 401);
    shop.wait(60);
    assert_eq!(shop.challenge("ada@example.com", "sign-in").await?.1.len(), 6, "that was the first of a new row");
    Ok(())
}

#[tokio::test]
async fn a_resend_never_refills_the_guesses_at_an_address() -> Outcome {
    let shop = Shop::open().await?;
    shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let mut evaluated = 0;
    for minute in 0..60 {
        let sent = shop.ask("send-code").from_network(minute).json(&json!({"email": "ada@example.com"})).send().await;
        for _ in 0..7 {
            let body = json!({"challenge_id": sent.text("/challenge_id"), "code": "abcdefgh23"});
            evaluated += u32::from(shop.ask("verify-code").from_network(minute).json(&body).send().await.status == 401);
        }
        shop.wait(60);
    }
    assert_eq!(evaluated, 25);
    Ok(())
}

#[tokio::test]
async fn a_code_is_worth_nothing_once_its_account_has_moved_on() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
    shop.ask("logout").bearer(&ada.access_token()).json(&json!({"everywhere": true})).send().await;
    assert_eq!(verify(&shop, &challenge, &code).await.refusal(), (410, "expired".to_owned()));
    assert_eq!(shop.table().await?.sessions(&ada.email), Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn a_shop_that_has_closed_its_sign_up_meanwhile_opens_no_account() -> Outcome {
    let shop = Shop::open().await?;
    let (challenge, code) = shop.challenge("new@example.com", "sign-in").await?;
    shop.set_up(|settings| settings.sign_up_open = false).await?;
    assert_eq!(verify(&shop, &challenge, &code).await.refusal(), (403, "forbidden".to_owned()));
    assert_eq!(shop.table().await?.of("ACCOUNT").count(), 0);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_a_code_or_a_challenge_is_refused_by_its_field_and_costs_no_guess() -> Outcome {
    let shop = Shop::open().await?;
    let (challenge, code) = shop.challenge("ada@example.com", "sign-in").await?;
    for wrong in ["", "12345", "1234567", "123456789", "12345x", "abcdefgh01", "+12345", "\u{4e00}\u{4e8c}\u{4e09}\u{56db}\u{4e94}\u{516d}"]
    {
        let answer = verify(&shop, &challenge, wrong).await;
        assert_eq!((answer.status, answer.invalid_field()), (422, ("code".to_owned(), "invalid_code_format".to_owned())), "{wrong:?}");
    }
    for wrong in ["", "x", &challenge.to_uppercase(), &challenge[..48], &format!("{challenge}="), "../../etc/passwd"] {
        let answer = verify(&shop, wrong, &code).await;
        assert_eq!(
            (answer.status, answer.invalid_field()),
            (422, ("challenge_id".to_owned(), "invalid_identifier".to_owned())),
            "{wrong:?}"
        );
    }
    assert_eq!(verify(&shop, &challenge, &code).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_spent_network_costs_no_attempt_and_no_known_device_its_code() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let known = shop.post("send-code", json!({"email": ada.email, "device_token": ada.session.text("/device_token")})).await;
    let known_code = shop.code(&ada.email).await?;
    let (strangers, strangers_code) = shop.challenge(&ada.email, "sign-in").await?;
    // Somebody else on the same network guesses at challenges of their own.
    for number in 0..12 {
        let sent = shop.ask("send-code").from([10, 0, 0, number]).json(&json!({"email": format!("own{number}@example.com")})).send().await;
        for _ in 0..5 {
            let wrong = json!({"challenge_id": sent.text("/challenge_id"), "code": "00000000"});
            assert_eq!(shop.post("verify-code", wrong).await.status, 401);
        }
    }
    let verify = |challenge: &str, code: &str| shop.post("verify-code", json!({"challenge_id": challenge, "code": code}));
    for _ in 0..6 {
        assert_eq!(verify(&strangers, &strangers_code).await.status, 429);
    }
    assert_eq!(verify(&known.text("/challenge_id"), &known_code).await.status, 200);
    let elsewhere = shop.ask("verify-code").from([198, 51, 100, 1]).json(&json!({"challenge_id": strangers, "code": strangers_code}));
    assert_eq!(elsewhere.send().await.status, 200, "six refusals were no guesses");
    Ok(())
}

#[tokio::test]
async fn a_spent_network_gives_no_attempt_back_that_was_not_had() -> Outcome {
    let shop = Shop::open().await?;
    let (challenge, code) = shop.challenge("ada@example.com", "sign-in").await?;
    let verify = |challenge: &str, code: &str| shop.post("verify-code", json!({"challenge_id": challenge, "code": code}));
    for _ in 0..5 {
        assert_eq!(verify(&challenge, "00000000").await.status, 401);
    }
    // The rest of the network's guesses.
    for number in 0..11 {
        let sent = shop.ask("send-code").from([10, 0, 0, number]).json(&json!({"email": format!("own{number}@example.com")})).send().await;
        for _ in 0..5 {
            assert_eq!(verify(&sent.text("/challenge_id"), "00000000").await.status, 401);
        }
    }
    for _ in 0..6 {
        assert_eq!(verify(&challenge, &code).await.status, 429);
    }
    let elsewhere = shop.ask("verify-code").from([198, 51, 100, 1]).json(&json!({"challenge_id": challenge, "code": code}));
    assert_eq!(elsewhere.send().await.refusal(), (410, "expired".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_challenge_that_nobody_has_made_is_of_no_use_whatever_its_name_says() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let email_key = shop.email_key(&ada.email).await?;
    let slot = Slot { proves: Proves::NewMailbox, asker: Asker::Stranger, number: 0 };
    for (moves_from, refusal) in [(EmailKey::from_digest([7; 20]), (410, "expired")), (email_key, (422, "invalid_field"))] {
        let place = ChallengePlace {
            slot,
            address: AddressKeys::unfolded(email_key, DomainName::parse("example.com")?),
            moves_from: Some(AddressKeys::unfolded(moves_from, DomainName::parse("example.com")?)),
        };
        let made_up = ChallengeId::from_random(place, [9; 9]);
        assert_eq!(verify(&shop, made_up.as_str(), "123456").await.refusal(), (refusal.0, refusal.1.to_owned()));
    }
    Ok(())
}
