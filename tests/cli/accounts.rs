//! `accounts`: what staff see and do of customers.

use local::simulator::Fate;
use serde_json::json;
use shared::domain::{account::AccountStatus, role::Role};
use tests::{Outcome, Shop};

use super::{
    run::{by_owner, vestibule},
    surroundings::Folder,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_is_set_and_lifted_by_the_name_of_its_reason() -> Outcome {
    let shop = Shop::open().await?;
    let account = shop.customer("ada@example.com").await?.account_id();
    let served = shop.serve().await?;

    let held = by_owner(&shop, &served, &["accounts", "hold", &account, "dispute", "--note", "Order 1042 is disputed."]).await?;
    assert_eq!(held.code, 0, "{held:?}");
    assert!(held.output.starts_with(&format!("The account {account} is held by: dispute.\n\n")), "{held:?}");
    assert!(held.row("Order 1042")?.trim_start().starts_with("dispute "), "{held:?}");
    assert_eq!(shop.account("ada@example.com").await?.ok_or("no account")?.holds.len(), 1);

    let lifted = by_owner(&shop, &served, &["accounts", "lift-hold", &account, "dispute", "--note", "Settled.", "--json"]).await?;
    assert_eq!(lifted.json()?["holds"], json!([]));
    assert!(shop.account("ada@example.com").await?.ok_or("no account")?.holds.is_empty());

    let support = shop.key(Role::Support).await?;
    let refused = vestibule(&["accounts", "hold", &account, "legal", "--note", "x"]).at(&served, &support).end().await?;
    assert_eq!((refused.code, refused.errors.contains("403 forbidden")), (1, true), "{refused:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_staff_know_is_written_down_and_taken_back() -> Outcome {
    let shop = Shop::open().await?;
    let account = shop.customer("ada@example.com").await?.account_id();
    let served = shop.serve().await?;
    let annotate = async |words: &[&str]| by_owner(&shop, &served, &[&["accounts", "annotate", &account], words].concat()).await;

    let written = annotate(&["--tag", "VIP", "--tag", "b2b", "--types", "donor,customer", "--note", "Call after six."]).await?;
    assert_eq!(written.code, 0, "{written:?}");
    assert!(written.row("tags ")?.ends_with("b2b, vip") && written.row("types ")?.ends_with("customer, donor"), "{written:?}");
    let note = written.row("Call after six.")?.split_whitespace().find(|word| word.starts_with("note_")).ok_or("no id")?.to_owned();

    let left = annotate(&["--json", "--remove-tag", "b2b", "--no-types", "--remove-note", &note, "--yes"]).await?.json()?;
    assert_eq!((&left["tags"], &left["types"], &left["notes"]), (&json!(["vip"]), &json!([]), &json!([])));
    let nothing = annotate(&[]).await?;
    assert_eq!((nothing.code, served.asked().len()), (2, 2), "{nothing:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_closed_and_erased_unless_it_is_held() -> Outcome {
    let shop = Shop::open().await?;
    let account = shop.customer("ada@example.com").await?.account_id();
    let served = shop.serve().await?;
    let delete = async |mode| by_owner(&shop, &served, &["accounts", "delete", &account, "--mode", mode, "--note", "x", "--yes"]).await;
    let hold = async |action| by_owner(&shop, &served, &["accounts", action, &account, "legal", "--note", "x"]).await;

    hold("hold").await?;
    let held = delete("close").await?;
    assert_eq!(held.code, 1);
    assert!(held.errors.contains("(409 held)") && held.errors.contains("\n  legal "), "{held:?}");
    hold("lift-hold").await?;

    let closed = delete("close").await?;
    assert!(closed.output.starts_with(&format!("The account {account} is closed.\n")), "{closed:?}");
    assert_eq!(shop.account("ada@example.com").await?.ok_or("no account")?.status, AccountStatus::Closed);
    assert!(delete("close").await?.errors.contains("(409 conflict)"));
    assert_eq!(delete("erase").await?.code, 0);
    assert!(shop.account("ada@example.com").await?.is_none());
    assert!(delete("erase").await?.errors.contains("(404 not_found)"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn customers_are_listed_found_and_seen() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?.account_id();
    let bob = shop.customer("bob@example.com").await?.account_id();
    let served = shop.serve().await?;
    by_owner(&shop, &served, &["accounts", "annotate", &ada, "--tag", "vip", "--types", "donor"]).await?;

    let all = by_owner(&shop, &served, &["accounts", "list", "--json"]).await?.json_lines()?;
    assert_eq!(all.iter().map(|account| &account["account_id"]).collect::<Vec<_>>().len(), 2);
    let day = &shop.clock.now().rfc3339()[..10];
    let filters = ["--tag", "vip", "--type", "donor", "--status", "active", "--locale", "en", "--consent", "unasked"];
    let days = ["--created-from", day, "--created-until", day];
    let listed = by_owner(&shop, &served, &[&["accounts", "list"], &filters[..], &days].concat()).await?;
    assert!(listed.row(&ada)?.contains("ada@example.com  Ada   active  donor  vip"), "{listed:?}");
    assert!(!listed.tells(&bob), "{listed:?}");

    let find = async |flag, typed: &str| vestibule(&["accounts", "find", flag, "-"]).at(&served, &shop.owner_key).piped(typed).end().await;
    assert!(find("--email", "bob@example.com").await?.row("bob@example.com")?.starts_with(&bob));
    assert!(find("--email-prefix", "ada").await?.row("ada@example.com")?.starts_with(&ada));
    assert!(find("--email", "nobody@example.com").await?.errors.contains("There are none."));
    assert!(served.asked().iter().all(|request| !request.query.contains("example.com")));

    let seen = by_owner(&shop, &served, &["accounts", "view", &ada]).await?;
    assert!(seen.row("email ")?.ends_with("ada@example.com") && seen.row("tags")?.ends_with("vip"), "{seen:?}");
    let unknown = by_owner(&shop, &served, &["accounts", "view", "acc_ckc7okvlympzdudzmt53lcl2mu"]).await?;
    assert_eq!((unknown.code, unknown.errors.contains("404 not_found")), (1, true), "{unknown:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn customers_are_exported_to_a_file_of_ones_own() -> Outcome {
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    shop.customer("ada@example.com").await?;
    shop.customer("bob@example.com").await?;
    let served = shop.serve().await?;
    let path = folder.file("customers.csv");
    let exported = by_owner(&shop, &served, &["accounts", "export", "--to", path.to_str().ok_or("a path")?]).await?;
    assert_eq!(exported.code, 0, "{exported:?}");
    let file = std::fs::read_to_string(path)?;
    assert_eq!(file.lines().count(), 3, "{file}");
    assert!(file.contains("\"ada@example.com\"") && file.contains("\"bob@example.com\"") && !exported.tells("ada"), "{file}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_whose_mail_comes_back_are_listed() -> Outcome {
    let shop = Shop::open().await?;
    for email in ["ada@example.com", "grace@example.com"] {
        shop.customer(email).await?;
    }
    shop.wait(1);
    shop.tell(Fate::Bounce, "ada@example.com").await?;
    let served = shop.serve().await?;
    let listed = by_owner(&shop, &served, &["accounts", "list", "--undeliverable", "bounced"]).await?;
    assert_eq!((listed.code, listed.output.contains("grace@example.com")), (0, false), "{listed:?}");
    assert!(listed.row("ada@example.com")?.ends_with("bounced"), "{listed:?}");
    shop.tell(Fate::Bounce, "guest@example.com").await?;
    let find = async |typed: &str| vestibule(&["accounts", "find", "--email", "-"]).at(&served, &shop.owner_key).piped(typed).end().await;
    let guest = find("guest@example.com").await?;
    assert!(["There are none.", "Mail to this address came back at "].iter().all(|told| guest.errors.contains(told)), "{guest:?}");
    assert!(!find("grace@example.com").await?.errors.contains("Mail to this address"));

    shop.wait(1);
    let account = shop.account("ada@example.com").await?.ok_or("no account")?.id.as_str().to_owned();
    let allowed = by_owner(&shop, &served, &["accounts", "allow-mail", &account, "--note", "She has made room."]).await?;
    assert!(allowed.output.starts_with(&format!("Mail may go to the account {account}.\n\n")), "{allowed:?}");
    let typed = ["accounts", "allow-mail", "--email", "-", "--note", "The same again.", "--json"];
    let again = vestibule(&typed).at(&served, &shop.owner_key).typed("ada@example.com\n").end().await?;
    assert_eq!(again.json()?, json!({"account_id": account, "cleared": {"bounced": null, "complained": null}}));
    let none = by_owner(&shop, &served, &["accounts", "list", "--undeliverable", "bounced"]).await?;
    assert!(!none.output.contains("example.com") && none.errors.contains("There are none."), "{none:?}");
    Ok(())
}
