//! `block-check`: may this customer buy?

use std::time::Duration;

use serde_json::{Value, json};
use shared::{
    crypto::merchant_key::MerchantKey,
    domain::{
        block::{BlockRule, Scope},
        client_address::ClientAddress,
        domain_name::DomainName,
        email_address::EmailAddress,
        identifier::{AccountId, KeyId},
        role::Role,
    },
};
use tests::{Answer, Failure, Outcome, Shop};

async fn check(shop: &Shop, body: Value) -> Answer {
    shop.ask("block-check").bearer(&shop.owner_key).json(&body).send().await
}

/// Whether a checkout is told that these are blocked, and by which kind of block.
async fn met(shop: &Shop, who: &str, value: &str) -> Result<Option<String>, Failure> {
    let mut body = json!({"scope": "checkout"});
    body[who] = json!(value);
    let answer = check(shop, body).await;
    if answer.status != 200 {
        return Err(format!("the check failed: {answer:?}").into());
    }
    Ok(answer.body["blocked"].as_bool().unwrap_or_default().then(|| answer.text("/match")))
}

#[tokio::test]
async fn a_customer_whom_nothing_stands_against_may_buy() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.block_email("other@example.com").await?;
    let answer = check(&shop, json!({"email": ada.email, "ip": "192.0.2.1", "account_id": ada.account_id(), "scope": "checkout"})).await;
    assert_eq!((answer.status, answer.body.clone()), (200, json!({"blocked": false})));
    assert_eq!(answer.headers["cache-control"], "no-store");
    Ok(())
}

#[tokio::test]
async fn a_checkout_is_told_the_block_its_kind_its_reason_and_its_end_but_not_the_note() -> Outcome {
    let shop = Shop::open().await?;
    let rule = BlockRule::Email(EmailAddress::parse("ada@example.com")?);
    let block = shop.block(rule, &[Scope::Checkout], Some(Duration::from_secs(3600))).await?;
    let end = shop.clock.now().plus(Duration::from_secs(3600)).rfc3339();

    let answer = check(&shop, json!({"email": "Ada@EXAMPLE.com", "scope": "checkout"})).await;

    let told = json!({"blocked": true, "block_id": block.as_str(), "match": "email", "reason_code": "abuse", "public_message": "Please call us.", "expires_at": end});
    assert_eq!(answer.body, told);
    Ok(())
}

#[tokio::test]
async fn a_check_writes_nothing() -> Outcome {
    let shop = Shop::open().await?;
    shop.block_email("ada@example.com").await?;
    let before = shop.table().await?.0;
    check(&shop, json!({"email": "ada@example.com", "ip": "192.0.2.1", "scope": "sign-up"})).await;
    let after = shop.table().await?.0;
    assert_eq!(before.len(), after.len());
    assert!(before.iter().all(|item| after.contains(item)));
    Ok(())
}

#[tokio::test]
async fn an_address_is_blocked_however_it_is_written_and_no_other_with_it() -> Outcome {
    let shop = Shop::open().await?;
    shop.block_email("ada@m\u{fc}ller.example").await?;
    for same in ["ada@m\u{fc}ller.example", "ADA@M\u{dc}LLER.EXAMPLE", "ada@xn--mller-kva.example", "Ada@XN--MLLER-KVA.example"] {
        assert_eq!(met(&shop, "email", same).await?.as_deref(), Some("email"), "{same}");
    }
    for other in ["ada@muller.example", "a.da@m\u{fc}ller.example", "adam@m\u{fc}ller.example", "ada@shop.m\u{fc}ller.example"] {
        assert_eq!(met(&shop, "email", other).await?, None, "{other}");
    }
    Ok(())
}

#[tokio::test]
async fn a_domain_is_blocked_with_all_that_is_below_it_however_it_is_written() -> Outcome {
    let shop = Shop::open().await?;
    shop.block(BlockRule::Domain(DomainName::parse("B\u{fc}cher.example")?), &Scope::ALL, None).await?;
    for within in [
        "a@b\u{fc}cher.example",
        "a@B\u{dc}CHER.Example",
        "a@xn--bcher-kva.example",
        "a@mail.b\u{fc}cher.example",
        "a@x.y.z.xn--bcher-kva.example",
    ] {
        assert_eq!(met(&shop, "email", within).await?.as_deref(), Some("domain"), "{within}");
    }
    for outside in [
        "a@bucher.example",
        "a@notb\u{fc}cher.example",
        "a@b\u{fc}cher.example.com",
        "a@other.example",
        "b\u{fc}cher.example@gmail.example",
    ] {
        if outside.is_ascii() || outside.contains("@n") || outside.contains(".com") {
            assert_eq!(met(&shop, "email", outside).await?, None, "{outside}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_ip_address_is_blocked_in_every_spelling_and_an_ipv6_one_with_its_64() -> Outcome {
    let shop = Shop::open().await?;
    for address in ["192.0.2.7", "2001:db8::7"] {
        shop.block(BlockRule::Ip(ClientAddress::parse(address)?), &Scope::ALL, None).await?;
    }
    for same in [
        "192.0.2.7",
        "::ffff:192.0.2.7",
        "::ffff:c000:207",
        "2001:db8::7",
        "2001:DB8:0:0:0:0:0:7",
        "2001:db8::8",
        "2001:db8::",
        "2001:db8::ffff:ffff:ffff:ffff",
    ] {
        assert_eq!(met(&shop, "ip", same).await?.as_deref(), Some("ip"), "{same}");
    }
    for other in ["192.0.2.6", "192.0.2.8", "::192.0.2.7", "2001:db8:0:1::7", "2001:db7:ffff:ffff:ffff::"] {
        assert_eq!(met(&shop, "ip", other).await?, None, "{other}");
    }
    Ok(())
}

#[tokio::test]
async fn a_network_is_blocked_from_its_first_to_its_last_address() -> Outcome {
    for (network, inside, outside) in [
        ("192.0.2.0/24", ["192.0.2.0", "192.0.2.255"], ["192.0.1.255", "192.0.3.0"]),
        ("192.0.2.77/24", ["192.0.2.0", "::ffff:192.0.2.255"], ["192.0.1.255", "192.0.3.0"]),
        ("198.51.100.64/27", ["198.51.100.64", "198.51.100.95"], ["198.51.100.63", "198.51.100.96"]),
        ("198.51.100.8/31", ["198.51.100.8", "198.51.100.9"], ["198.51.100.7", "198.51.100.10"]),
        ("203.0.113.9/32", ["203.0.113.9", "::ffff:203.0.113.9"], ["203.0.113.8", "203.0.113.10"]),
        ("172.16.0.0/12", ["172.16.0.0", "172.31.255.255"], ["172.15.255.255", "172.32.0.0"]),
        ("10.0.0.0/8", ["10.0.0.0", "10.255.255.255"], ["9.255.255.255", "11.0.0.0"]),
        ("::ffff:192.0.2.0/120", ["192.0.2.0", "192.0.2.255"], ["192.0.1.255", "192.0.3.0"]),
        ("2001:db8::/32", ["2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"], ["2001:db7:ffff:ffff::", "2001:db9::"]),
        ("2001:db8:4000::/35", ["2001:db8:4000::", "2001:db8:5fff:ffff::1"], ["2001:db8:3fff:ffff::", "2001:db8:6000::"]),
        ("2001:db8:1:2::/64", ["2001:db8:1:2::", "2001:db8:1:2:ffff:ffff:ffff:ffff"], ["2001:db8:1:1:ffff::", "2001:db8:1:3::"]),
        ("2001:db8::5/128", ["2001:db8::5", "2001:db8:0::5"], ["2001:db8::4", "2001:db8::6"]),
    ] {
        let shop = Shop::open().await?;
        shop.block(BlockRule::cidr(network)?, &Scope::ALL, None).await?;
        for address in inside {
            assert_eq!(met(&shop, "ip", address).await?.as_deref(), Some("cidr"), "{network} {address}");
        }
        for address in outside {
            assert_eq!(met(&shop, "ip", address).await?, None, "{network} {address}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_account_is_blocked_by_its_name_and_by_its_address() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.block(BlockRule::Account(AccountId::parse(&ada.account_id())?), &Scope::ALL, None).await?;
    assert_eq!(met(&shop, "account_id", &ada.account_id()).await?.as_deref(), Some("account"));
    assert_eq!(met(&shop, "email", &ada.email).await?.as_deref(), Some("account"));
    assert_eq!(met(&shop, "email", "bob@example.com").await?, None);
    Ok(())
}

#[tokio::test]
async fn a_blocked_address_is_met_by_its_account_whichever_was_there_first() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.block(BlockRule::Email(EmailAddress::parse(&ada.email)?), &[Scope::Checkout], None).await?;
    shop.block(BlockRule::Email(EmailAddress::parse("bob@example.com")?), &[Scope::Checkout], None).await?;
    let bob = shop.customer("bob@example.com").await?;
    for customer in [ada, bob] {
        assert_eq!(met(&shop, "account_id", &customer.account_id()).await?.as_deref(), Some("email"), "{}", customer.email);
    }
    Ok(())
}

#[tokio::test]
async fn any_of_what_is_known_of_a_customer_is_enough() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.block(BlockRule::cidr("198.51.100.0/24")?, &Scope::ALL, None).await?;
    let answer = check(&shop, json!({"email": ada.email, "ip": "198.51.100.1", "account_id": ada.account_id(), "scope": "sign-in"})).await;
    assert_eq!((answer.body["blocked"].clone(), answer.text("/match")), (json!(true), "cidr".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_block_counts_for_its_scopes_alone_and_another_one_may_cover_the_rest() -> Outcome {
    let shop = Shop::open().await?;
    let rule = BlockRule::Email(EmailAddress::parse("ada@example.com")?);
    let asked = async |scope: &str| check(&shop, json!({"email": "ada@example.com", "scope": scope})).await.body["blocked"].clone();
    let hour = Some(Duration::from_secs(3600));
    shop.block(rule.clone(), &[Scope::Checkout, Scope::SignUp], hour).await?;
    assert_eq!([asked("checkout").await, asked("sign-up").await, asked("sign-in").await], [json!(true), json!(true), json!(false)]);
    shop.block(rule, &[Scope::SignIn, Scope::Checkout], None).await?;
    assert_eq!([asked("checkout").await, asked("sign-up").await, asked("sign-in").await], [json!(true), json!(true), json!(true)]);
    shop.wait(3600);
    assert_eq!([asked("checkout").await, asked("sign-up").await, asked("sign-in").await], [json!(true), json!(false), json!(true)]);
    Ok(())
}

#[tokio::test]
async fn a_block_ends_at_its_moment_though_it_still_stands_in_the_table() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let hour = Some(Duration::from_secs(3600));
    let block = shop.block(BlockRule::Email(EmailAddress::parse(&ada.email)?), &Scope::ALL, hour).await?;
    shop.block(BlockRule::cidr("198.51.100.0/24")?, &Scope::ALL, hour).await?;
    let asked = async || -> Result<_, Failure> {
        let by = [
            met(&shop, "email", &ada.email).await?,
            met(&shop, "account_id", &ada.account_id()).await?,
            met(&shop, "ip", "198.51.100.1").await?,
        ];
        Ok(by.iter().filter(|by| by.is_some()).count())
    };
    shop.wait(3599);
    assert_eq!(asked().await?, 3);
    shop.wait(1);
    assert_eq!(asked().await?, 0);
    assert!(shop.table().await?.holds(block.as_str()));
    Ok(())
}

#[tokio::test]
async fn only_a_key_of_this_shop_is_answered() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.open_beside("other").await?;
    let others = shop.key_at("other", Role::Owner).await?;
    let own = &shop.owner_key;
    let (name, secret) = own.rsplit_once('_').ok_or("a key has three parts")?;
    let altered = format!("{name}_{}{}", if secret.starts_with('a') { "b" } else { "a" }, &secret[1..]);
    let unknown = MerchantKey::from_random(KeyId::from_random([9; 10]), [9; 32]).expose();
    for key in [
        String::new(),
        "vsk_".to_owned(),
        name.to_owned(),
        own.to_uppercase(),
        own.trim_start_matches("vsk_").to_owned(),
        altered,
        unknown,
        others.clone(),
        ada.access_token(),
        ada.refresh_token(),
        format!("{own},Bearer {own}"),
    ] {
        let answer = shop.ask("block-check").bearer(&key).json(&json!({"email": ada.email, "scope": "checkout"})).send().await;
        assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()), "{key}");
    }
    let without = shop.ask("block-check").json(&json!({"email": ada.email, "scope": "checkout"})).send().await;
    assert_eq!(without.refusal(), (401, "invalid_token".to_owned()));
    let at_home = shop.ask("block-check").at("other").bearer(&others).json(&json!({"email": ada.email, "scope": "checkout"})).send().await;
    assert_eq!(at_home.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_key_of_every_role_may_ask() -> Outcome {
    let shop = Shop::open().await?;
    for role in [Role::Checkout, Role::Support, Role::StoreManager, Role::Administrator, Role::Owner] {
        let key = shop.key(role).await?;
        let answer = shop.ask("block-check").bearer(&key).json(&json!({"email": "ada@example.com", "scope": "checkout"})).send().await;
        assert_eq!(answer.status, 200, "{role:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_blocks_of_one_shop_are_not_those_of_another() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    let key = shop.key_at("other", Role::Checkout).await?;
    shop.block_email("ada@example.com").await?;
    let answer =
        shop.ask("block-check").at("other").bearer(&key).json(&json!({"email": "ada@example.com", "scope": "checkout"})).send().await;
    assert_eq!(answer.body, json!({"blocked": false}));
    Ok(())
}

#[tokio::test]
async fn a_question_without_anybody_or_with_nobody_possible_is_refused_by_its_field() -> Outcome {
    let shop = Shop::open().await?;
    for (body, field, code) in [
        (json!({"scope": "checkout"}), "email", "one_of_email_ip_account_id_required"),
        (json!({"email": null, "scope": "checkout"}), "email", "one_of_email_ip_account_id_required"),
        (json!({"email": "ada@example.com"}), "scope", "required"),
        (json!({"email": "ada@example.com", "scope": "all"}), "scope", "not_one_of_the_values"),
        (json!({"email": "nobody", "scope": "checkout"}), "email", "invalid_address"),
        (json!({"ip": "192.0.2.0/24", "scope": "checkout"}), "ip", "invalid_ip_address"),
        (json!({"ip": "192.0.2.1, 192.0.2.2", "scope": "checkout"}), "ip", "invalid_ip_address"),
        (json!({"ip": "unknown", "account_id": "guest", "scope": "checkout"}), "ip", "invalid_ip_address"),
        (json!({"ip": "192.0.2.01", "scope": "checkout"}), "ip", "invalid_ip_address"),
        (json!({"ip": "example.com", "scope": "checkout"}), "ip", "invalid_ip_address"),
        (json!({"account_id": "acc_1", "scope": "checkout"}), "account_id", "invalid_identifier"),
        (json!({"account_id": "ses_aaaaaaaaaaaaaaaaaaaaaaaaaa", "scope": "checkout"}), "account_id", "invalid_identifier"),
        (json!({"email": "ada@example.com", "scope": "checkout", "force": true}), "", "unknown_field"),
    ] {
        let answer = check(&shop, body.clone()).await;
        assert_eq!((answer.status, answer.invalid_field()), (422, (field.to_owned(), code.to_owned())), "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn a_field_that_cannot_be_read_is_named_and_voids_no_other() -> Outcome {
    let shop = Shop::open().await?;
    shop.block_email("ada@example.com").await?;
    shop.block(BlockRule::Ip(ClientAddress::parse("203.0.113.9")?), &Scope::ALL, None).await?;
    for (email, ip, account_id, met, warnings) in [
        ("ada@example.com", "unknown", "guest", Some("email"), json!([["ip", "invalid_ip_address"], ["account_id", "invalid_identifier"]])),
        ("jösé@example.com", "203.0.113.9:443", "", Some("ip"), json!([["email", "invalid_local_part"]])),
        ("nobody", " 203.0.113.9 ", "", Some("ip"), json!([["email", "invalid_address"]])),
        ("bob@example.com", "203.0.113.9, 198.51.100.7", "", None, json!([["ip", "invalid_ip_address"]])),
        ("bob@example.com", "[2001:db8::1]:443", "", None, json!([])),
        ("bob@example.com", "fe80::1%eth0", "", None, json!([])),
    ] {
        let answer = check(&shop, json!({"email": email, "ip": ip, "account_id": account_id, "scope": "checkout"})).await;
        assert_eq!((answer.status, answer.body["match"].as_str()), (200, met), "{email} {ip} {account_id}");
        let told = answer.body["warnings"].as_array().cloned().unwrap_or_default();
        let told: Vec<_> = told.iter().map(|warning| json!([warning["field"], warning["code"]])).collect();
        assert_eq!(json!(told), warnings, "{email} {ip} {account_id}");
    }
    Ok(())
}

#[tokio::test]
async fn however_many_blocks_keep_an_address_from_buying_it_may_open_an_account() -> Outcome {
    for count in 0..4 {
        let shop = Shop::open().await?;
        for _ in 0..count {
            shop.block(BlockRule::Email(EmailAddress::parse("new@example.com")?), &[Scope::Checkout], None).await?;
        }
        shop.block(BlockRule::Email(EmailAddress::parse("new@example.com")?), &Scope::ALL, Some(Duration::from_secs(1))).await?;
        shop.wait(1);
        let customer = shop.customer("new@example.com").await?;
        let id = customer.session.text("/account/id");
        assert_eq!(check(&shop, json!({"account_id": id, "scope": "checkout"})).await.body["blocked"], count > 0);
        assert_eq!(shop.account("new@example.com").await?.map(|account| account.blocks.len()), Some(count));
    }
    Ok(())
}
