//! Every operation of the merchant's side, with every key that must not open it.

use local::template::{Function, Template};
use serde_json::{Value, json};
use shared::{domain::role::Role, http::Side};
use tests::{Answer, Failure, Outcome, Shop, Table, text};

/// The name of no account.
const NOBODY: &str = "acc_aaaaaaaaaaaaaaaaaaaaaaaaaa";

const ROLES: [Role; 6] = [Role::Storefront, Role::Checkout, Role::Support, Role::StoreManager, Role::Administrator, Role::Owner];

/// The least role that an operation takes, and a request that nothing but the role stands in the way of. An operation
/// without a row fails the tests here.
fn least(operation: &str) -> Option<(Role, Value)> {
    Some(match operation {
        "block-check" => (Role::Checkout, json!({"email": "ada@example.com", "scope": "checkout"})),
        "list-accounts" => (Role::Support, json!({})),
        "find-accounts" => (Role::Support, json!({"email": "ada@example.com"})),
        "view-account" => (Role::Support, json!({"account_id": NOBODY})),
        "annotate-account" => (Role::StoreManager, json!({"account_id": "acc_aaaaaaaaaaaaaaaaaaaaaaaaaa", "add_tags": ["vip"]})),
        "hold-account" => {
            let body = json!({"account_id": "acc_aaaaaaaaaaaaaaaaaaaaaaaaaa", "kind": "legal", "action": "set", "note": "Books."});
            (Role::StoreManager, body)
        }
        "allow-mail" => (Role::StoreManager, json!({"email": "ada@example.com", "note": "Her mailbox works."})),
        "list-orders" => (Role::Support, json!({"email": "ada@example.com"})),
        "record-order" => {
            let order = json!({"email": "ada@example.com", "reference": "R-1042", "total": 4990, "currency": "EUR",
                "placed_at": "2025-03-14T18:04:00Z", "signed_in": false});
            (Role::Checkout, order)
        }
        "delete-account" => (Role::StoreManager, json!({"account_id": NOBODY, "mode": "close", "note": "Asked for by phone."})),
        "create-block" => (
            Role::StoreManager,
            json!({"type": "email", "value": "eve@example.com", "reason_code": "fraud", "note": "Three stolen cards."}),
        ),
        "lift-block" => (Role::StoreManager, json!({"block_id": "blk_aaaaaaaaaaaaaaaa", "note": "A mistake."})),
        "list-blocks" => (Role::Support, json!({})),
        "find-blocks" => (Role::Support, json!({"type": "email", "value": "eve@example.com"})),
        "view-block" => (Role::Support, json!({"block_id": "blk_aaaaaaaaaaaaaaaa"})),
        "create-key" => (Role::Administrator, json!({"role": "checkout", "label": "Till"})),
        "revoke-key" => (Role::Administrator, json!({"key_id": "key_aaaaaaaaaaaaaaaa"})),
        "import-accounts" => (Role::Administrator, json!({"rows": [{"email": "ada@example.com"}]})),
        "list-keys" => (Role::Administrator, json!({})),
        "preview-mail" => (Role::Administrator, json!({"kind": "sign-in-code", "language": "en"})),
        "view-store" => (Role::Support, json!({})),
        "configure-store" => (Role::Administrator, json!({"revision": 0})),
        "list-audit" => (Role::Administrator, json!({})),
        "invite-accounts" => (Role::Administrator, json!({"audience": "all"})),
        "cancel-invites" => (Role::StoreManager, json!({"campaign_id": "cmp_aaaaaaaaaaaaaaaa"})),
        "list-invites" => (Role::Support, json!({})),
        "view-invites" => (Role::Support, json!({"campaign_id": "cmp_aaaaaaaaaaaaaaaa"})),
        _ => return None,
    })
}

fn merchants_side() -> Result<Vec<Function>, Failure> {
    let template = Template::read(&Template::path())?;
    Ok(template.functions().filter(|function| function.routes.iter().any(|route| route.side() == Side::Merchant)).collect())
}

async fn ask(shop: &Shop, operation: &str, body: &Value, key: Option<&str>) -> Answer {
    // A GET has in its query what others have in their body.
    let fields = body.as_object().into_iter().flatten().filter_map(|(name, value)| Some(format!("{name}={}", value.as_str()?)));
    let request = shop.ask(&format!("admin/{operation}")).query(&fields.collect::<Vec<_>>().join("&")).json(body);
    key.map_or(request.clone(), |key| request.bearer(key)).send().await
}

/// What has been recorded since, sorted; nothing else has been written but the count of it.
async fn actions_since(before: &Table, shop: &Shop) -> Result<Vec<String>, Failure> {
    let after = shop.table().await?;
    let new = after.0.iter().filter(|item| !before.0.contains(item));
    let told: Vec<_> = new.filter(|item| !text(item, "pk").contains("#L#refused-keys#")).map(|item| text(item, "action")).collect();
    assert!(before.0.iter().all(|item| after.0.contains(item) || text(item, "sk") == "LIMIT"), "something has changed");
    let mut actions = told;
    actions.sort();
    Ok(actions)
}

#[tokio::test]
async fn every_operation_takes_its_least_role_and_every_higher_one_and_no_lower_one() -> Outcome {
    let shop = Shop::open().await?;
    for Function { operation, .. } in merchants_side()? {
        let (least, body) = least(&operation).ok_or_else(|| format!("{operation} has no row"))?;
        for role in ROLES {
            let key = shop.key(role).await?;
            let before = shop.table().await?;
            let answer = ask(&shop, &operation, &body, Some(&key)).await;
            if role < least {
                assert_eq!(answer.refusal(), (403, "forbidden".to_owned()), "{operation} {role:?}");
                assert_eq!(actions_since(&before, &shop).await?, ["role-too-low"], "{operation} {role:?}");
            } else {
                assert!(!matches!(answer.status, 401 | 403 | 500..), "{operation} {role:?}: {answer:?}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn without_the_table_no_operation_takes_anybodys_word_for_it() -> Outcome {
    let mut shop = Shop::open().await?;
    shop.lose_the_table()?;
    for Function { operation, .. } in merchants_side()? {
        let (_, body) = least(&operation).ok_or_else(|| format!("{operation} has no row"))?;
        let answer = ask(&shop, &operation, &body, Some(&shop.owner_key)).await;
        assert_eq!(answer.refusal(), (503, "unavailable".to_owned()), "{operation}");
        assert_eq!(answer.headers["retry-after"], "2", "{operation}");
    }
    Ok(())
}

#[tokio::test]
async fn no_operation_takes_anything_but_a_key_of_this_shop_that_stands() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.open_beside("other").await?;
    let others = shop.key_at("other", Role::Owner).await?;
    let revoked = shop.key(Role::Owner).await?;
    let id = format!("key_{}", revoked.split('_').nth(1).ok_or("a key has three parts")?);
    assert_eq!(ask(&shop, "revoke-key", &json!({"key_id": id}), Some(&shop.owner_key)).await.status, 204);
    // The name of a key that stands, with another one's secret.
    let (name, _) = shop.owner_key.rsplit_once('_').ok_or("a key has three parts")?;
    let (_, secret) = others.rsplit_once('_').ok_or("a key has three parts")?;
    let crossed = format!("{name}_{secret}");

    let before = shop.table().await?;
    for Function { operation, .. } in merchants_side()? {
        let (_, body) = least(&operation).ok_or_else(|| format!("{operation} has no row"))?;
        let (access, refresh) = (ada.access_token(), ada.refresh_token());
        for (what, key) in [
            ("no key", None),
            ("a customer's token", Some(access.as_str())),
            ("a refresh token", Some(refresh.as_str())),
            ("another shop's owner", Some(&others)),
            ("a revoked owner", Some(&revoked)),
            ("another secret", Some(&crossed)),
            ("a fingerprint", Some("owdxxna5he5v7ocfltta5tmn3iab2brrmsllctp2p6evmvxozjfa")),
        ] {
            let answer = ask(&shop, &operation, &body, key).await;
            assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()), "{operation} {what}");
        }
    }
    let mut actions = actions_since(&before, &shop).await?;
    actions.dedup();
    assert_eq!(actions, ["revoked-key-shown", "wrong-key-shown"], "nothing else was written");
    Ok(())
}
