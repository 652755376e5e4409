//! `block-check`: tells a shop's checkout whether a customer is blocked.

use std::time::Duration;

use serde_json::{Value, json};
use shared::domain::{
    block::{BlockRule, Scope},
    client_address::ClientAddress,
    domain_name::DomainName,
    email_address::EmailAddress,
    identifier::AccountId,
};
use tests::{Answer, Outcome, Shop};

async fn check(shop: &Shop, body: Value) -> Answer {
    shop.ask("block-check").bearer(&shop.owner_key).json(&body).send().await
}

#[tokio::test]
async fn every_kind_of_rule_is_met_by_whom_it_names_and_by_nobody_else() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let id = ada.session.text("/account/id");
    shop.block(BlockRule::Email(EmailAddress::parse("eve@shop.example")?), &Scope::ALL, None).await?;
    shop.block(BlockRule::Domain(DomainName::parse("MÜLLER.example")?), &Scope::ALL, None).await?;
    shop.block(BlockRule::Ip(ClientAddress::parse("203.0.113.9")?), &Scope::ALL, None).await?;
    shop.block(BlockRule::cidr("198.51.100.0/22")?, &Scope::ALL, None).await?;
    shop.block(BlockRule::cidr("2001:db8:7::/48")?, &Scope::ALL, None).await?;
    shop.block(BlockRule::Account(AccountId::parse(&id)?), &Scope::ALL, None).await?;

    for (who, kind) in [
        (json!({"email": "EVE@Shop.Example"}), "email"),
        (json!({"email": "x@xn--mller-kva.example"}), "domain"),
        (json!({"email": "x@deep.mail.müller.example"}), "domain"),
        (json!({"ip": "203.0.113.9"}), "ip"),
        (json!({"ip": "::ffff:203.0.113.9"}), "ip"),
        (json!({"ip": "198.51.100.0"}), "cidr"),
        (json!({"ip": "198.51.103.255"}), "cidr"),
        (json!({"ip": "2001:db8:7:ffff::1"}), "cidr"),
        (json!({"account_id": id}), "account"),
        (json!({"email": ada.email}), "account"),
        (json!({"email": "nobody@example.com", "ip": "203.0.113.9"}), "ip"),
    ] {
        let mut body = who.clone();
        body["scope"] = json!("checkout");
        let answer = check(&shop, body).await;
        assert_eq!((answer.status, answer.text("/match")), (200, kind.to_owned()), "{who}");
        assert_eq!(
            (answer.body["blocked"].clone(), answer.text("/reason_code"), answer.text("/public_message")),
            (json!(true), "abuse".to_owned(), "Please call us.".to_owned())
        );
        assert!(answer.text("/block_id").starts_with("blk_"));
    }
    for who in [
        json!({"email": "eve@other.example"}),
        json!({"email": "x@notmüller.example"}),
        json!({"ip": "203.0.113.8"}),
        json!({"ip": "198.51.104.0"}),
        json!({"ip": "198.51.99.255"}),
        json!({"ip": "2001:db8:8::1"}),
        json!({"account_id": AccountId::from_random([0; 16]).as_str()}),
    ] {
        let mut body = who.clone();
        body["scope"] = json!("checkout");
        assert_eq!(check(&shop, body).await.body, json!({"blocked": false}), "{who}");
    }
    Ok(())
}

#[tokio::test]
async fn an_address_that_is_blocked_is_met_by_its_account_too() -> Outcome {
    let shop = Shop::open().await?;
    let before = shop.customer("before@example.com").await?;
    shop.block(BlockRule::Email(EmailAddress::parse("before@example.com")?), &[Scope::Checkout], None).await?;
    shop.block(BlockRule::Email(EmailAddress::parse("after@example.com")?), &[Scope::Checkout], None).await?;
    let after = shop.customer("after@example.com").await?;
    for customer in [before, after] {
        let answer = check(&shop, json!({"account_id": customer.session.text("/account/id"), "scope": "checkout"})).await;
        assert_eq!(answer.text("/match"), "email", "{}", customer.email);
    }
    Ok(())
}

#[tokio::test]
async fn a_block_counts_for_its_scopes_and_until_it_runs_out() -> Outcome {
    let shop = Shop::open().await?;
    shop.block(BlockRule::Email(EmailAddress::parse("eve@shop.example")?), &[Scope::SignUp], Some(Duration::from_secs(60))).await?;
    let ask = |scope: &str| json!({"email": "eve@shop.example", "scope": scope});
    assert_eq!(check(&shop, ask("checkout")).await.body["blocked"], false);
    let met = check(&shop, ask("sign-up")).await;
    assert_eq!(met.text("/expires_at"), shop.clock.now().plus(Duration::from_secs(60)).rfc3339());
    shop.wait(60);
    assert_eq!(check(&shop, ask("sign-up")).await.body["blocked"], false);
    Ok(())
}

#[tokio::test]
async fn nobody_asks_without_a_key_of_this_shop() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let body = json!({"email": ada.email, "scope": "checkout"});
    let (name, _) = shop.owner_key.rsplit_once('_').ok_or("a key has two parts")?;
    let other_secret = format!("{name}_{}", "a".repeat(52));
    for key in ["", "vsk_", &other_secret, &ada.access_token(), &shop.owner_key.to_uppercase(), &shop.owner_key[..shop.owner_key.len() - 1]]
    {
        let answer = shop.ask("block-check").bearer(key).json(&body).send().await;
        assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()), "{key}");
    }
    assert_eq!(shop.ask("block-check").json(&body).send().await.status, 401);
    shop.open_another("other").await?;
    let elsewhere = shop.ask("block-check").at("other").bearer(&shop.owner_key).json(&body).send().await;
    assert_eq!(elsewhere.refusal(), (401, "invalid_token".to_owned()));
    Ok(())
}

#[tokio::test]
async fn somebody_has_to_be_named() -> Outcome {
    let shop = Shop::open().await?;
    let nobody = check(&shop, json!({"scope": "checkout"})).await;
    assert_eq!(nobody.invalid_field(), ("email".to_owned(), "one_of_email_ip_account_id_required".to_owned()));
    assert_eq!(check(&shop, json!({"email": "eve@shop.example"})).await.invalid_field(), ("scope".to_owned(), "required".to_owned()));
    assert_eq!(
        check(&shop, json!({"ip": "shop.example", "scope": "checkout"})).await.invalid_field(),
        ("ip".to_owned(), "invalid_ip_address".to_owned())
    );
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
