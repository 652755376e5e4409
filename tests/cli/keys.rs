//! `keys`: made, listed, revoked.

use std::fs;

use shared::domain::role::Role;
use tests::{Outcome, Shop};

use super::{
    process::on_a_full_disk,
    run::{by_owner, vestibule},
    surroundings::Folder,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_key_is_shown_once_and_works() -> Outcome {
    let shop = Shop::open().await?;
    let served = shop.serve().await?;
    let made = by_owner(&shop, &served, &["keys", "create", "--role", "administrator", "--label", "Ada", "--json"]).await?;
    assert_eq!((made.code, made.errors.as_str()), (0, ""));
    let made = made.json()?;
    let key = made["key"].as_str().ok_or("no key")?;

    let listed = vestibule(&["keys", "list"]).at(&served, key).end().await?;
    assert_eq!(listed.code, 0, "{listed:?}");
    let row = listed.row(made["key_id"].as_str().unwrap_or_default())?;
    assert!(row.contains("administrator  Ada"), "{row}");
    let (_, secret) = key.rsplit_once('_').ok_or("a key has three parts")?;
    assert!(!listed.tells(secret));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_reads_the_key_on_a_line_of_its_own() -> Outcome {
    let shop = Shop::open().await?;
    let served = shop.serve().await?;
    let made = by_owner(&shop, &served, &["keys", "create", "--role", "checkout", "--label", "Web shop"]).await?;
    assert_eq!(made.code, 0, "{made:?}");
    assert!(made.output.starts_with("Keep the key now. It cannot be shown again.\n\n"), "{made:?}");
    let key = made.row("vsk_")?.split_whitespace().last().ok_or("no key")?;
    let asked = shop.ask("block-check").bearer(key).json(&serde_json::json!({"ip": "192.0.2.1", "scope": "checkout"})).send().await;
    assert_eq!(asked.status, 200);
    Ok(())
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_goes_to_a_file_is_for_its_owner_alone_and_is_not_shown() -> Outcome {
    use std::os::unix::fs::PermissionsExt;
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    let served = shop.serve().await?;
    let path = folder.file("new.key");
    let to = path.to_str().ok_or("a path")?;

    let made = by_owner(&shop, &served, &["keys", "create", "--role", "administrator", "--label", "Ada", "--key-to", to]).await?;
    assert_eq!(made.code, 0, "{made:?}");
    let key = fs::read_to_string(&path)?;
    assert!(!made.tells(key.trim()) && !made.tells("vsk_"), "{made:?}");
    assert_eq!(fs::metadata(&path)?.permissions().mode() & 0o777, 0o600);
    let listed = vestibule(&["keys", "list", "--url", &served.url, "--store", "demo", "--key-file", to]).end().await?;
    assert_eq!((listed.code, listed.row("Ada")?.is_empty()), (0, false));

    let again = by_owner(&shop, &served, &["keys", "create", "--role", "administrator", "--label", "Eve", "--key-to", to]).await?;
    assert_eq!(again.code, 2, "a file that is there is not overwritten: {again:?}");
    assert_eq!(fs::read_to_string(&path)?, key);
    assert!(!by_owner(&shop, &served, &["keys", "list"]).await?.tells("Eve"), "no key was made that nobody could read");

    let unused = folder.file("unused.key");
    let words = ["keys", "create", "--role", "owner", "--label", "Ada", "--key-to", unused.to_str().ok_or("a path")?];
    let refused = vestibule(&words).at(&served, &shop.key(Role::Administrator).await?).end().await?;
    assert_eq!((refused.code, unused.exists()), (1, false), "{refused:?}");
    Ok(())
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_the_disk_did_not_take_is_named_so_that_it_can_be_revoked() -> Outcome {
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    let served = shop.serve().await?;
    let words = ["keys", "create", "--role", "support", "--label", "Ada", "--key-to", "new.key"];
    let mut process = on_a_full_disk(&shop, &served, &folder, &words)?;
    let ended = tokio::task::spawn_blocking(move || process.output()).await??;
    let errors = String::from_utf8(ended.stderr)?;
    assert_eq!((ended.status.code(), folder.file("new.key").exists()), (Some(2), false), "{errors}");

    let listed = by_owner(&shop, &served, &["keys", "list", "--json"]).await?.json_lines()?;
    let id = listed.iter().find(|key| key["label"] == "Ada").and_then(|key| key["key_id"].as_str()).ok_or("the key was not made")?;
    assert!(errors.contains("cannot be written") && errors.contains(&format!("vestibule keys revoke {id}")), "{errors}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_key_is_refused_by_name() -> Outcome {
    let shop = Shop::open().await?;
    let served = shop.serve().await?;
    let key = shop.key(Role::Administrator).await?;
    let id = format!("key_{}", key.split('_').nth(1).ok_or("a key has three parts")?);

    let revoked = by_owner(&shop, &served, &["keys", "revoke", &id, "--note", "The laptop was stolen.", "--yes"]).await?;
    assert_eq!((revoked.code, revoked.output), (0, format!("The key {id} is revoked.\n")));

    let refused = vestibule(&["keys", "list"]).at(&served, &key).end().await?;
    assert_eq!((refused.code, refused.output.as_str()), (1, ""));
    assert!(refused.errors.contains("(401 invalid_token)") && refused.errors.contains("revoked"), "{refused:?}");
    let silent = by_owner(&shop, &served, &["--json", "keys", "revoke", &id, "--yes"]).await?;
    assert_eq!((silent.code, silent.output.as_str()), (0, ""), "a program is told by the exit status");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_followed_to_its_end_or_to_its_limit() -> Outcome {
    let shop = Shop::open().await?;
    for _ in 0..120 {
        shop.key(Role::Checkout).await?;
    }
    let served = shop.serve().await?;
    let all = by_owner(&shop, &served, &["keys", "list", "--json"]).await?.json_lines()?;
    let mut ids: Vec<_> = all.iter().filter_map(|key| key["key_id"].as_str()).collect();
    ids.dedup();
    assert_eq!((all.len(), ids.len()), (121, 121));
    assert_eq!(served.asked().iter().map(|request| request.query.is_empty()).collect::<Vec<_>>(), [true, false]);

    assert_eq!(by_owner(&shop, &served, &["keys", "list", "--json", "--limit", "105"]).await?.json_lines()?.len(), 105);
    let few = by_owner(&shop, &served, &["keys", "list", "--limit", "3"]).await?;
    assert_eq!(few.output.lines().count(), 4, "with the titles: {few:?}");
    assert_eq!(served.asked().len(), 5, "no page more than is shown");
    Ok(())
}
