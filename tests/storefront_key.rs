//! A shop's own server between its customers and the API: whose address, browser and limits a request has.

use std::net::Ipv4Addr;

use local::template::{Function, Template};
use serde_json::{Value, json};
use shared::{domain::role::Role, http::Side};
use tests::{Failure, Outcome, Request, Shop, Table, text};

/// Where all requests of the shop's server come from.
const SERVER: [u8; 4] = [203, 0, 113, 80];
/// How many mails a network may have in ten minutes.
const SENDS: usize = 10;
/// Well-formed, of no challenge.
const CHALLENGE: &str = "ajevmrmbkngumdnoozabj43xswdnu7tss6b62kep2cuoqhmdmv4gc3lqnrss4y3pnu";

/// A customer's request as the shop's server sends it on.
fn through<'a>(shop: &'a Shop, operation: &str, key: &str, client: &str) -> Request<'a> {
    shop.ask(operation).from(SERVER).header("x-vestibule-storefront-key", key).header("x-vestibule-client-ip", client)
}

/// Of a network of its own, and of a wider one of its own.
fn address(number: usize) -> String {
    Ipv4Addr::from_bits(0xc612_0001 + 256 * u32::try_from(number).unwrap_or_default()).to_string()
}

fn id_of(key: &str) -> Result<String, Failure> {
    Ok(format!("key_{}", key.split('_').nth(1).ok_or("a key has three parts")?))
}

async fn revoke(shop: &Shop, key: &str) -> Outcome {
    let revoked = shop.ask("revoke-key").bearer(&shop.owner_key).json(&json!({"key_id": id_of(key)?})).send().await;
    assert_eq!(revoked.status, 204);
    Ok(())
}

/// Every operation of a customer, by a body that is right as far as its form goes. Of the template: a new operation that
/// has no row fails the tests here.
fn operations(shop: &Shop) -> Result<Vec<(String, Value)>, Failure> {
    let template = Template::read(&Template::path())?;
    let of_customers = |function: &Function| function.routes.iter().any(|route| route.side() == Side::Storefront);
    let names = template.functions().filter(of_customers).map(|function| function.operation).filter(|name| name != "jwks");
    let mut operations = Vec::new();
    for name in names {
        let body = match name.as_str() {
            "create-account" => json!({"email": "new@example.com", "password": "a walk in the rain"}),
            "login" => json!({"email": "ada@example.com", "password": "a walk in the rain"}),
            "send-code" | "forgot-password" => json!({"email": "new@example.com"}),
            "verify-code" => json!({"challenge_id": CHALLENGE, "code": "123456"}),
            "change-email" => json!({"challenge_id": CHALLENGE, "code": "123456", "new_email": "new@example.com"}),
            "change-password" => json!({"current_password": "not her password", "new_password": "a walk in the rain"}),
            "delete-account" => json!({"mode": "erase"}),
            "update-account" => json!({"name": "Somebody else"}),
            "logout" => json!({"everywhere": true}),
            // Of the customer, below.
            "reset-password" | "refresh-session" => Value::Null,
            "view-account" | "export-account" | "list-orders" => json!({}),
            other => return Err(format!("{other} has no row").into()),
        };
        operations.push((name, body));
    }
    assert!(operations.len() > 12 && !shop.owner_key.is_empty());
    Ok(operations)
}

/// What has come into the table but limits.
fn new_items(before: &Table, after: &Table) -> Vec<(String, String)> {
    let of_limits = |item: &tests::Item| text(item, "sk") == "LIMIT" || text(item, "pk").contains("#L#");
    let was = |item: &tests::Item| before.0.iter().any(|old| (&old["pk"], &old["sk"]) == (&item["pk"], &item["sk"]));
    let new = after.0.iter().filter(|item| !of_limits(item) && !was(item));
    new.map(|item| (text(item, "action"), text(item, "from"))).collect()
}

#[tokio::test]
async fn a_hundred_customers_of_one_server_each_have_limits_of_their_own() -> Outcome {
    let shop = Shop::open().await?;
    let key = shop.key(Role::Storefront).await?;
    for customers in [14, 100] {
        shop.wait_a_day();
        let mut sent = 0;
        for number in 0..customers {
            let form = json!({"email": format!("customer-{number}@example.com"), "password": "a walk in the rain"});
            let answer = through(&shop, "create-account", &key, &address(number)).json(&form).send().await;
            assert_eq!(answer.status, 202, "customer {number} of {customers}: {answer:?}");
            sent += 1;
        }
        println!("{sent} of {customers} customers of one server signed up");
    }
    Ok(())
}

#[tokio::test]
async fn one_customer_of_a_server_spends_nobody_elses_limits() -> Outcome {
    let shop = Shop::open().await?;
    let key = shop.key(Role::Storefront).await?;
    let send = |client: &str, number: usize| {
        through(&shop, "send-code", &key, client).json(&json!({"email": format!("customer-{number}@example.com")})).send()
    };
    for number in 0..SENDS {
        assert_eq!(send("198.51.100.1", number).await.status, 202);
    }
    assert_eq!(send("198.51.100.1", 50).await.status, 429, "a limit holds behind a server as well");
    for (number, other) in ["198.51.100.2", "2001:db8::1", "2001:db8:0:1::1"].into_iter().enumerate() {
        assert_eq!(send(other, 100 + number).await.status, 202, "{other}");
    }
    let direct = shop.ask("send-code").from(SERVER).json(&json!({"email": "direct@example.com"})).send().await;
    assert_eq!(direct.status, 202, "nothing was counted for the server itself");
    Ok(())
}

#[tokio::test]
async fn without_a_key_a_server_is_one_network_whatever_it_claims() -> Outcome {
    let shop = Shop::open().await?;
    let send = |number: usize| {
        let claiming = shop.ask("send-code").from(SERVER).header("x-vestibule-client-ip", &address(number));
        claiming.header("x-vestibule-client-user-agent", "Firefox").json(&json!({"email": format!("customer-{number}@example.com")})).send()
    };
    for number in 0..SENDS {
        assert_eq!(send(number).await.status, 202);
    }
    assert_eq!(send(99).await.status, 429);
    Ok(())
}

#[tokio::test]
async fn a_spoofed_header_without_a_key_changes_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let block = json!({"type": "ip", "value": "198.51.100.9", "reason_code": "abuse", "note": "Guesses.", "scopes": ["sign-in"]});
    assert_eq!(shop.ask("create-block").bearer(&shop.owner_key).json(&block).send().await.status, 201);
    let credentials = json!({"email": ada.email, "password": ada.password});
    for claimed in ["198.51.100.1", "", "nonsense", "127.0.0.1"] {
        let evading = shop.ask("login").from([198, 51, 100, 9]).header("x-vestibule-client-ip", claimed);
        assert_eq!(evading.json(&credentials).send().await.status, 403, "{claimed}");
    }
    let framed = shop.ask("login").from([198, 51, 100, 1]).header("user-agent", "Curl").header("x-vestibule-client-ip", "198.51.100.9");
    let signed_in = framed.header("x-vestibule-client-user-agent", "Firefox").json(&credentials).send().await;
    assert_eq!(signed_in.status, 200);
    let seen = shop.ask("view-account").bearer(&signed_in.text("/access_token")).send().await;
    let agents: Vec<_> = seen.body["sessions"].as_array().into_iter().flatten().map(|session| session["user_agent"].clone()).collect();
    assert!(agents.contains(&json!("Curl")) && !agents.contains(&json!("Firefox")), "{agents:?}");
    assert!(
        shop.table()
            .await?
            .audit()
            .filter(|item| text(item, "action") == "sign-in-by-password")
            .all(|item| text(item, "from") == "198.51.100.1")
    );
    Ok(())
}

#[tokio::test]
async fn blocks_the_record_and_the_sessions_are_of_the_customer_behind_the_server() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let key = shop.key(Role::Storefront).await?;
    let block = json!({"type": "ip", "value": "198.51.100.9", "reason_code": "abuse", "note": "Guesses.", "scopes": ["sign-in"]});
    assert_eq!(shop.ask("create-block").bearer(&shop.owner_key).json(&block).send().await.status, 201);
    let login = |client: &str| {
        through(&shop, "login", &key, client).header("user-agent", "node").json(&json!({"email": ada.email, "password": ada.password}))
    };
    assert_eq!(login("198.51.100.9").send().await.refusal(), (403, "blocked".to_owned()));

    let named = login("198.51.100.1").header("x-vestibule-client-user-agent", "Firefox").send().await;
    let unnamed = login("198.51.100.2").send().await;
    assert_eq!((named.status, unnamed.status), (200, 200));
    let table = shop.table().await?;
    let from: Vec<_> = table.audit().filter(|item| text(item, "action") == "sign-in-by-password").map(|item| text(item, "from")).collect();
    assert!(from.contains(&"198.51.100.1".to_owned()) && from.contains(&"198.51.100.2".to_owned()), "{from:?}");
    assert!(!table.holds("203.0.113.80"), "the server's own address is nowhere");

    let seen = through(&shop, "view-account", &key, "198.51.100.1").bearer(&named.text("/access_token")).send().await;
    assert_eq!(seen.status, 200);
    let agents: Vec<_> = seen.body["sessions"].as_array().into_iter().flatten().map(|session| session["user_agent"].clone()).collect();
    assert!(agents.contains(&json!("Firefox")) && !agents.contains(&json!("node")), "{agents:?}");

    let out = through(&shop, "logout", &key, "198.51.100.3").bearer(&named.text("/access_token")).json(&json!({})).send().await;
    assert_eq!(out.status, 204);
    let table = shop.table().await?;
    let signed_out = table.audit().find(|item| text(item, "action") == "sign-out").ok_or("not recorded")?;
    assert_eq!(text(signed_out, "from"), "198.51.100.3");
    Ok(())
}

#[tokio::test]
async fn a_revoked_key_is_refused_by_the_next_request_to_every_operation_and_nothing_comes_of_it() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    assert_eq!(shop.post("forgot-password", json!({"email": ada.email})).await.status, 202);
    let link = shop.link_token(&ada.email).await?;
    shop.wait(60);
    let (move_id, move_code) = shop.challenge(&ada.email, "change-email").await?;
    let mut tried = 0;
    for (operation, body) in operations(&shop)? {
        let body = match operation.as_str() {
            "reset-password" => json!({"token": link, "password": "a walk in the rain"}),
            "refresh-session" => json!({"refresh_token": ada.refresh_token()}),
            "change-email" => json!({"challenge_id": move_id, "code": move_code, "new_email": "new@example.com"}),
            _ => body,
        };
        // Of its own, for the refusals of a key are not all recorded.
        let key = shop.key(Role::Storefront).await?;
        let request = || through(&shop, &operation, &key, "198.51.100.1").bearer(&ada.access_token()).json(&body);
        revoke(&shop, &key).await?;
        let (before, mails) = (shop.table().await?, shop.every_mail().await?.len());
        let refused = request().send().await;
        assert_eq!(refused.refusal(), (401, "invalid_storefront_key".to_owned()), "{operation}");
        let recorded = new_items(&before, &shop.table().await?);
        // From the connection's address: who holds such a key may claim any other.
        assert_eq!(recorded, [("revoked-key-shown".to_owned(), "203.0.113.80".to_owned())], "{operation}");
        assert_eq!(shop.every_mail().await?.len(), mails, "{operation}");
        tried += 1;
    }
    let account = shop.account(&ada.email).await?.ok_or("the account is gone")?;
    assert!(account.name.is_none_or(|name| name.as_str() != "Somebody else"));
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": ada.password})).await.status, 200, "the password is hers");
    let refreshed = shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await;
    assert_eq!(refreshed.status, 200, "the session goes on, with the token that it had");
    println!("{tried} of {tried} operations refuse a revoked storefront key");
    Ok(())
}

#[tokio::test]
async fn a_key_that_is_wrong_for_any_reason_is_refused_before_anything_is_counted() -> Outcome {
    let shop = Shop::open().await?;
    let mut ada = shop.customer("ada@example.com").await?;
    shop.open_beside("other").await?;
    let key = shop.key(Role::Storefront).await?;
    let others = shop.key_at("other", Role::Storefront).await?;
    let (name, _) = key.rsplit_once('_').ok_or("a key has three parts")?;
    let (_, secret) = others.rsplit_once('_').ok_or("a key has three parts")?;
    let crossed = format!("{name}_{secret}");
    let unknown = key.replacen(name, "vsk_aaaaaaaaaaaaaaaa", 1);
    let twice = format!("{key},{key}");
    let (upper, padded) = (key.to_uppercase(), format!("{key}a"));
    let support = shop.key(Role::Support).await?;
    for operation in ["login", "send-code", "view-account", "refresh-session"] {
        let body = match operation {
            "login" => json!({"email": ada.email, "password": ada.password}),
            "send-code" => json!({"email": ada.email}),
            "refresh-session" => json!({"refresh_token": ada.refresh_token()}),
            _ => json!({}),
        };
        for (what, shown, recorded) in [
            ("nothing", "", None),
            ("not a key", "vsk_", None),
            ("a password", "correct horse battery staple", None),
            ("the key twice", twice.as_str(), None),
            ("another case", upper.as_str(), None),
            ("a longer one", padded.as_str(), None),
            ("another shop's", others.as_str(), None),
            ("of an unknown name", unknown.as_str(), None),
            ("the owner's", shop.owner_key.as_str(), None),
            ("of another role", support.as_str(), None),
            ("another secret", crossed.as_str(), Some("wrong-key-shown")),
        ] {
            // Nothing that a stranger has no key for is told of the other headers, either.
            for client in ["198.51.100.1", "nonsense"] {
                let before = shop.table().await?;
                let answer = through(&shop, operation, shown, client).bearer(&ada.access_token()).json(&body).send().await;
                if client == "nonsense" && answer.status == 422 {
                    // A function that cannot prove a key by itself finds out by its read, which needs no address.
                    assert_eq!(operation, "view-account", "{what}");
                    continue;
                }
                assert_eq!(answer.refusal(), (401, "invalid_storefront_key".to_owned()), "{operation}: {what}, {client}");
                let after = shop.table().await?;
                let actions: Vec<_> = new_items(&before, &after).into_iter().map(|(action, _)| action).collect();
                assert_eq!(actions, Vec::from_iter(recorded.map(str::to_owned)), "{operation}: {what}");
                let counted = after.0.iter().filter(|item| !before.0.contains(item) && !text(item, "pk").contains("#L#refused-keys#"));
                assert_eq!(counted.filter(|item| text(item, "action").is_empty()).count(), 0, "{operation}: {what}: something was counted");
            }
        }
        // The refusals of one key are recorded ten times in an hour.
        shop.wait_a_day();
        ada = shop.customer(&format!("after-{operation}@example.com")).await?;
    }
    Ok(())
}

#[tokio::test]
async fn with_a_key_the_customers_address_is_required_and_has_to_be_one() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let key = shop.key(Role::Storefront).await?;
    for operation in ["send-code", "view-account"] {
        let request = || {
            let request = shop.ask(operation).from(SERVER).header("x-vestibule-storefront-key", &key);
            request.bearer(&ada.access_token()).json(&json!({"email": "new@example.com"}))
        };
        let missing = request().send().await;
        assert_eq!(missing.invalid_field(), ("x-vestibule-client-ip".to_owned(), "required".to_owned()), "{operation}");
        for wrong in ["", "unknown", "198.51.100.1, 203.0.113.80", "198.51.100.1:", "[2001:db8::1", "198.51.100.0/24", "fe80::1%", "1.2.3"]
        {
            let answer = request().header("x-vestibule-client-ip", wrong).send().await;
            let expected = ("x-vestibule-client-ip".to_owned(), "invalid_ip_address".to_owned());
            assert_eq!((answer.status, answer.invalid_field()), (422, expected), "{operation}: {wrong}");
        }
    }
    assert!(shop.mails("new@example.com").await?.is_empty());
    for (right, agent) in [("2001:db8::1", ""), ("::ffff:198.51.100.1", "\u{e9}"), ("198.51.100.2", "Firefox")] {
        let answer = through(&shop, "send-code", &key, right).header("x-vestibule-client-user-agent", agent);
        let email = format!("{}@example.com", right.replace([':', '.'], "-").trim_matches('-'));
        assert_eq!(answer.json(&json!({"email": email})).send().await.status, 202, "{right}");
    }
    Ok(())
}

#[tokio::test]
async fn behind_cloudfront_a_server_says_the_same_and_cloudfront_adds_its_own() -> Outcome {
    let mut shop = Shop::open().await?;
    let key = shop.key(Role::Storefront).await?;
    shop.stand_behind_an_edge("ca3eab9cefc5db5c6b309791eb69f175a31f0675c8a1a958eb48f94146ea67a6")?;
    let send = |client: &str, number: usize| {
        let request = through(&shop, "send-code", &key, client).from([203, 0, 113, 7]).header("x-vestibule-viewer", "203.0.113.80");
        let request = request.header("x-vestibule-edge", "an edge secret of the first round");
        request.json(&json!({"email": format!("customer-{number}@example.com")})).send()
    };
    for number in 0..2 * SENDS {
        assert_eq!(send(&address(number), number).await.status, 202, "{number}");
    }
    let past = through(&shop, "send-code", &key, "198.51.100.1").json(&json!({"email": "new@example.com"})).send().await;
    assert_eq!(past.refusal(), (404, "unknown_store".to_owned()), "a storefront key is no way around the firewall");
    Ok(())
}

#[tokio::test]
async fn a_key_costs_no_round_trip_but_at_sign_out() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let key = shop.key(Role::Storefront).await?;
    shop.wait_a_day();
    let signed_in = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    let (access, refresh) = (signed_in.text("/access_token"), signed_in.text("/refresh_token"));
    // The first request of a process to a store takes one more, with a key or without.
    for operation in ["send-code", "create-account"] {
        shop.ask(operation).from(SERVER).json(&json!({"email": "first@example.com"})).send().await;
    }
    for (operation, body, budget) in [
        ("login", json!({"email": ada.email, "password": ada.password}), 2),
        ("send-code", json!({"email": ada.email}), 2),
        ("create-account", json!({"email": "new@example.com"}), 2),
        ("view-account", json!({}), 1),
        ("update-account", json!({"name": "Ada L."}), 2),
        ("refresh-session", json!({"refresh_token": refresh}), 1),
        ("logout", json!({}), 2),
    ] {
        shop.round_trips.reset();
        let answer = through(&shop, operation, &key, "198.51.100.1").bearer(&access).json(&body).send().await;
        assert!(answer.status < 300, "{operation}: {answer:?}");
        assert_eq!(shop.round_trips.in_sequence(), budget, "{operation}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_public_and_what_is_staffs_passes_the_header_over() -> Outcome {
    let shop = Shop::open().await?;
    assert_eq!(through(&shop, "jwks", "no key", "nonsense").send().await.status, 200);
    let listed = through(&shop, "list-keys", "no key", "nonsense").bearer(&shop.owner_key).send().await;
    assert_eq!(listed.status, 200);
    let block = json!({"type": "ip", "value": "198.51.100.9", "reason_code": "abuse", "note": "Guesses."});
    let key = shop.key(Role::Storefront).await?;
    let made = through(&shop, "create-block", &key, "198.51.100.1").bearer(&shop.owner_key).json(&block).send().await;
    assert_eq!(made.status, 201);
    let table = shop.table().await?;
    let recorded = table.audit().find(|item| text(item, "action") == "create-block").ok_or("not recorded")?;
    assert_eq!(text(recorded, "from"), "203.0.113.80", "staff are where their own connection comes from");
    Ok(())
}
