//! Each operation asks the table as few times in a row as it can: the budget is part of its speed.

use local::simulator::Fate;
use serde_json::json;
use tests::{Outcome, Shop};

/// Sends one request and tells how many round trips it took, one after the other.
macro_rules! round_trips {
    ($shop:expr, $answer:expr, $status:literal) => {{
        $shop.round_trips.reset();
        let answer = $answer;
        assert_eq!(answer.status, $status, "{answer:?}");
        $shop.round_trips.in_sequence()
    }};
}

#[tokio::test]
async fn every_operation_stays_within_its_budget_of_round_trips() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();

    let login = || shop.post("login", json!({"email": ada.email, "password": ada.password}));
    let session = login().await;
    assert_eq!(round_trips!(shop, login().await, 200), 2, "login");
    assert_eq!(round_trips!(shop, shop.post("login", json!({"email": ada.email, "password": "not it"})).await, 401), 2, "login, wrong");
    assert_eq!(
        round_trips!(shop, shop.post("login", json!({"email": "nobody@example.com", "password": "not it"})).await, 401),
        2,
        "login, unknown"
    );

    // The first request of a process to a store does not know yet that there is one, and counts the mail after the read.
    for operation in ["send-code", "create-account", "forgot-password"] {
        let first = shop.ask(operation).from(shop.another_network()).json(&json!({"email": "first@example.com"})).send();
        assert!(round_trips!(shop, first.await, 202) <= 3, "{operation}, the first");
    }
    assert_eq!(round_trips!(shop, shop.post("send-code", json!({"email": ada.email})).await, 202), 2, "send-code");
    let code = shop.code(&ada.email).await?;
    shop.wait(60);
    shop.round_trips.reset();
    let sent = shop.post("send-code", json!({"email": ada.email})).await;
    assert_eq!(shop.round_trips.in_sequence(), 2, "send-code, again");
    let newest = shop.code(&ada.email).await?;
    let wrong = if newest == "000000" { "000001" } else { "000000" };
    let verify = |code: &str| shop.post("verify-code", json!({"challenge_id": sent.text("/challenge_id"), "code": code}));
    assert_eq!(round_trips!(shop, verify(wrong).await, 401), 2, "verify-code, wrong");
    assert_eq!(round_trips!(shop, verify(&newest).await, 200), 2, "verify-code");
    assert_eq!(round_trips!(shop, verify(&newest).await, 200), 2, "verify-code, repeated");
    assert_eq!(code, newest);

    shop.wait(60);
    assert_eq!(
        round_trips!(shop, shop.post("create-account", json!({"email": "new@example.com", "password": "a new password"})).await, 202),
        2,
        "create-account"
    );
    let forgot = shop.ask("forgot-password").from(shop.another_network()).json(&json!({"email": ada.email}));
    assert_eq!(round_trips!(shop, forgot.send().await, 202), 2, "forgot-password");

    let refresh = shop.post("refresh-session", json!({"refresh_token": session.text("/refresh_token")}));
    assert_eq!(round_trips!(shop, refresh.await, 200), 1, "refresh-session");
    let replay = shop.post("refresh-session", json!({"refresh_token": session.text("/refresh_token")}));
    assert_eq!(round_trips!(shop, replay.await, 200), 1, "refresh-session, replayed");

    let check = shop.ask("block-check").bearer(&shop.owner_key).json(&json!({"email": ada.email, "ip": "192.0.2.1", "scope": "checkout"}));
    assert_eq!(round_trips!(shop, check.send().await, 200), 1, "block-check");
    assert_eq!(shop.round_trips.calls(), 1, "one read, no write");

    let token = session.text("/access_token");
    let logout = || shop.ask("logout").bearer(&token).json(&json!({})).send();
    assert_eq!(round_trips!(shop, logout().await, 204), 1, "logout");
    assert_eq!(round_trips!(shop, shop.ask("jwks").send().await, 200), 0, "jwks");
    let signed_in = login().await.text("/refresh_token");
    let by_refresh_token = || shop.post("logout", json!({"refresh_token": signed_in}));
    assert_eq!(round_trips!(shop, by_refresh_token().await, 204), 2, "logout by a refresh token, which does not name the account");
    assert_eq!(round_trips!(shop, by_refresh_token().await, 204), 1, "logout by a refresh token, once more");

    let new_password = json!({"token": shop.link_token(&ada.email).await?, "password": "another password"});
    let reset = || shop.post("reset-password", new_password.clone());
    assert_eq!(round_trips!(shop, reset().await, 204), 2, "reset-password");
    assert_eq!(round_trips!(shop, reset().await, 204), 3, "reset-password, repeated: the guess at the password is counted");
    let session = shop.post("login", json!({"email": ada.email, "password": "another password"})).await;
    let delete = shop.ask("delete-account").bearer(&session.text("/access_token")).json(&json!({"mode": "erase"}));
    assert_eq!(round_trips!(shop, delete.send().await, 202), 3, "delete-account");
    Ok(())
}

#[tokio::test]
async fn so_does_everything_that_customers_do_with_their_own_account() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let other = shop.table().await?.sessions(&ada.email).into_iter().next().unwrap_or_default();
    let session = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    let ask = |operation: &str| shop.ask(operation).bearer(&session.text("/access_token"));

    assert_eq!(round_trips!(shop, ask("view-account").send().await, 200), 1, "view-account");
    // The account and its events are asked for at once, and then what each has led to: one or two, as they overlap.
    assert!(round_trips!(shop, ask("export-account").send().await, 200) <= 2, "export-account");
    let patch = json!({"name": "Ada L.", "marketing_consent": true});
    assert_eq!(round_trips!(shop, ask("update-account").json(&patch).send().await, 200), 2, "update-account");
    assert_eq!(round_trips!(shop, ask("logout").json(&json!({"session_id": other})).send().await, 204), 1, "logout of another session");
    let password = json!({"current_password": ada.password, "new_password": "quite another one"});
    assert_eq!(round_trips!(shop, ask("change-password").json(&password).send().await, 204), 2, "change-password");
    let wrong = json!({"current_password": "not her password", "new_password": "yet another one"});
    assert_eq!(round_trips!(shop, ask("change-password").json(&wrong).send().await, 401), 2, "change-password, wrong");

    shop.wait(60);
    shop.moved(&shop.customer("first@example.com").await?, "first@new.example").await?;
    let (challenge_id, code) = shop.challenge(&ada.email, "change-email").await?;
    let to_move = json!({"challenge_id": challenge_id, "code": code, "new_email": "ada@new.example"});
    shop.round_trips.reset();
    let asked = ask("change-email").json(&to_move).send().await;
    assert_eq!((asked.status, shop.round_trips.in_sequence()), (202, 2), "change-email");
    let proof = json!({"challenge_id": asked.text("/challenge_id"), "code": shop.code("ada@new.example").await?});
    assert_eq!(round_trips!(shop, shop.post("verify-code", proof).await, 200), 2, "verify-code of a move");

    let words = json!({"account_id": ada.account_id(), "add_tags": ["vip"], "note": "Call after six."});
    let annotated = shop.ask("annotate-account").bearer(&shop.owner_key).json(&words);
    assert_eq!(round_trips!(shop, annotated.send().await, 200), 3, "annotate-account");
    let hold = json!({"account_id": ada.account_id(), "kind": "legal", "action": "set", "note": "Books."});
    let held = shop.ask("hold-account").bearer(&shop.owner_key).json(&hold);
    assert_eq!(round_trips!(shop, held.send().await, 200), 3, "hold-account");
    shop.wait(1);
    shop.tell(Fate::Complaint, "ada@new.example").await?;
    let allow = json!({"account_id": ada.account_id(), "note": "It was a slip of her finger."});
    let allowed = shop.ask("allow-mail").bearer(&shop.owner_key).json(&allow);
    assert_eq!(round_trips!(shop, allowed.send().await, 200), 3, "allow-mail");
    assert_eq!(round_trips!(shop, shop.order("R-1", json!({"email": "guest@example.com"})).await, 200), 2, "record-order of a guest");
    assert_eq!(round_trips!(shop, shop.order("R-1", json!({"email": "guest@example.com"})).await, 200), 1, "record-order, again");

    let block = |kind: &str, value: &str| json!({"type": kind, "value": value, "reason_code": "fraud", "note": "Stolen cards."});
    let staff = |operation: &str| shop.ask(operation).bearer(&shop.owner_key);
    let (network, account) = (block("cidr", "203.0.113.0/24"), block("account", &ada.account_id()));
    shop.round_trips.reset();
    let of_network = staff("create-block").json(&network).send().await;
    assert_eq!((of_network.status, shop.round_trips.in_sequence()), (201, 2), "create-block");
    let again = staff("create-block").json(&network).send();
    assert_eq!(round_trips!(shop, again.await, 201), 1, "create-block, once more");
    let of_address = staff("create-block").json(&block("email", "ada@new.example")).send();
    assert_eq!(round_trips!(shop, of_address.await, 201), 2, "create-block of an address with an account");
    shop.round_trips.reset();
    let of_account = staff("create-block").json(&account).send().await;
    assert_eq!((of_account.status, shop.round_trips.in_sequence()), (201, 3), "create-block of an account: its address is looked up");
    let found = staff("find-blocks").json(&json!({"type": "cidr", "value": "203.0.113.0/24"})).send();
    assert_eq!(round_trips!(shop, found.await, 200), 3, "find-blocks");
    assert_eq!(round_trips!(shop, staff("list-blocks").send().await, 200), 3, "list-blocks");
    let viewed = staff("view-block").query(&format!("block_id={}", of_network.text("/block_id"))).send();
    assert_eq!(round_trips!(shop, viewed.await, 200), 2, "view-block, and the record of it");
    for (made, trips) in [(of_network, 2), (of_account, 3)] {
        let lifted = staff("lift-block").json(&json!({"block_id": made.text("/block_id"), "note": "A mistake."})).send();
        assert_eq!(round_trips!(shop, lifted.await, 204), trips, "lift-block");
    }

    let bob = shop.customer_without_password("bob@example.com").await?;
    let first = shop.ask("change-password").bearer(&bob.access_token()).json(&json!({"new_password": "quite another one"}));
    assert_eq!(round_trips!(shop, first.send().await, 204), 2, "change-password, the first");
    Ok(())
}

#[tokio::test]
async fn so_does_everything_that_staff_do_with_invitations() -> Outcome {
    let shop = Shop::open().await?;
    let ask = |operation: &str| shop.ask(operation).bearer(&shop.owner_key);
    shop.round_trips.reset();
    let begun = ask("invite-accounts").json(&json!({"audience": "all"})).send().await;
    assert_eq!((begun.status, shop.round_trips.in_sequence()), (202, 2), "invite-accounts");
    let campaign = begun.text("/campaign_id");
    let view = ask("view-invites").query(&format!("campaign_id={campaign}"));
    assert_eq!(round_trips!(shop, view.send().await, 200), 1, "view-invites");
    assert_eq!(round_trips!(shop, ask("list-invites").send().await, 200), 2, "list-invites");
    let cancel = ask("cancel-invites").json(&json!({"campaign_id": campaign}));
    assert_eq!(round_trips!(shop, cancel.send().await, 200), 2, "cancel-invites");
    Ok(())
}
