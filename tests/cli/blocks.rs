//! `blocks`: who is kept from what.

use serde_json::json;
use tests::{Outcome, Shop};

use super::run::{by_owner, vestibule};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_asked_about_without_standing_in_the_arguments_or_a_url() -> Outcome {
    let shop = Shop::open().await?;
    let blocked = shop.block_email("eve@example.com").await?;
    let served = shop.serve().await?;
    let check = ["blocks", "check", "--scope", "checkout", "--email", "-"];

    let eve = vestibule(&check).at(&served, &shop.owner_key).piped("eve@example.com\n").end().await?;
    assert_eq!(eve.code, 0, "{eve:?}");
    assert!(eve.row("blocked ")?.ends_with("yes") && eve.row("block id")?.ends_with(blocked.as_str()), "{eve:?}");
    let ada = vestibule(&check).at(&served, &shop.owner_key).piped("ada@example.com").end().await?;
    assert_eq!((ada.code, ada.output.as_str()), (0, "blocked  no\n"));
    for request in served.asked() {
        assert!(request.query.is_empty() && !request.path.contains("example"), "{request:?}");
    }

    let nothing = vestibule(&check).at(&served, &shop.owner_key).end().await?;
    assert_eq!((nothing.code, served.asked().len()), (2, 2), "{nothing:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_tells_all_that_is_known() -> Outcome {
    let shop = Shop::open().await?;
    let account = shop.customer("ada@example.com").await?.account_id();
    let served = shop.serve().await?;
    let words =
        ["blocks", "check", "--json", "--scope", "sign-in", "--ip", "192.0.2.9", "--account", &account, "--email", "ada@example.com"];
    let checked = by_owner(&shop, &served, &words).await?;
    assert_eq!(checked.json()?, json!({"blocked": false}), "{checked:?}");
    let asked: serde_json::Value = serde_json::from_slice(&served.asked()[0].body)?;
    assert_eq!(asked, json!({"scope": "sign-in", "ip": "192.0.2.9", "account_id": account, "email": "ada@example.com"}));

    let nobody = by_owner(&shop, &served, &["blocks", "check", "--scope", "sign-in"]).await?;
    assert_eq!((nobody.code, served.asked().len()), (2, 1), "{nobody:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_is_made_found_seen_and_lifted() -> Outcome {
    let shop = Shop::open().await?;
    let account = shop.customer("eve@example.com").await?.account_id();
    let served = shop.serve().await?;
    let words = ["blocks", "create", "--email", "-", "--reason", "fraud", "--note", "Three stolen cards.", "--scope", "sign-in,checkout"];
    let more = ["--until", "2030-12-01T00:00:00Z", "--message", "Please call us.", "--evidence", "https://tickets.example.com/7"];
    let made = vestibule(&[&words[..], &more, &["--notify", "--yes"]].concat())
        .at(&served, &shop.owner_key)
        .piped("eve@example.com\n")
        .end()
        .await?;
    assert_eq!(made.code, 0, "{made:?}");
    assert!(made.output.starts_with("The block stands.\n\n") && made.row("public message")?.ends_with("Please call us."), "{made:?}");
    let id = made.row("block id")?.split_whitespace().last().ok_or("no id")?.to_owned();

    let refused = shop.post("login", json!({"email": "eve@example.com", "password": "a password of her own"})).await;
    assert_eq!(refused.code(), "blocked");
    for words in [["blocks", "list", "--state", "standing", "--type", "email", "--reason", "fraud"].as_slice(), &["blocks", "list"]] {
        let listed = by_owner(&shop, &served, words).await?;
        assert!(listed.row(&id)?.contains("email  eve@example.com  sign-in, checkout  fraud"), "{listed:?}");
    }
    let found =
        vestibule(&["blocks", "find", "--email", "-", "--json"]).at(&served, &shop.owner_key).piped("eve@example.com").end().await?;
    assert_eq!(found.json()?["block_id"], json!(id));
    assert!(by_owner(&shop, &served, &["blocks", "find", "--domain", "example.org"]).await?.errors.contains("There are none."));

    let lifted = by_owner(&shop, &served, &["blocks", "lift", &id, "--note", "It was a mistake."]).await?;
    assert!(lifted.output.starts_with(&format!("The block {id} is lifted.\n")), "{lifted:?}");
    let seen = by_owner(&shop, &served, &["blocks", "view", &id]).await?;
    assert!(seen.row("It was a mistake.")?.trim_start().starts_with("lifted "), "{seen:?}");
    assert!(seen.tells("Three stolen cards.") && seen.tells(&account) && seen.tells("https://tickets.example.com/7"), "{seen:?}");
    assert!(served.asked().iter().all(|request| !request.query.contains("eve") && !request.path.contains("eve")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_kind_of_block_goes_by_the_name_of_what_it_blocks() -> Outcome {
    let shop = Shop::open().await?;
    let account = shop.customer("ada@example.com").await?.account_id();
    let served = shop.serve().await?;
    for (flag, value, kind) in [
        ("--email", "eve@example.com", "email"),
        ("--domain", "spam.example", "domain"),
        ("--ip", "192.0.2.7", "ip"),
        ("--network", "198.51.100.0/24", "cidr"),
        ("--account", account.as_str(), "account"),
    ] {
        let made = by_owner(&shop, &served, &["--json", "blocks", "create", flag, value, "--reason", "abuse", "--note", "x"]).await?;
        assert_eq!((made.code, &made.json()?["type"]), (0, &json!(kind)), "{made:?}");
    }
    let wide = ["blocks", "create", "--network", "10.0.0.0/8", "--reason", "abuse", "--note", "x"];
    let refused = by_owner(&shop, &served, &wide).await?;
    assert_eq!((refused.code, refused.errors.contains("  force: ")), (1, true), "{refused:?}");
    assert_eq!(by_owner(&shop, &served, &[&wide[..], &["--force"]].concat()).await?.code, 0);

    let both =
        by_owner(&shop, &served, &["blocks", "create", "--ip", "192.0.2.7", "--domain", "a.example", "--reason", "abuse", "--note", "x"]);
    assert_eq!(both.await?.code, 2);
    Ok(())
}
