//! `audit`: what was done, for people and for auditors.

use std::fs;

use shared::domain::role::Role;
use tests::{Outcome, Shop};

use super::{
    run::{by_owner, vestibule},
    surroundings::Folder,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_to_a_key_is_listed_with_its_reason() -> Outcome {
    let shop = Shop::open().await?;
    let served = shop.serve().await?;
    let id = format!("key_{}", shop.key(Role::Support).await?.split('_').nth(1).ok_or("a key has three parts")?);
    shop.key(Role::Support).await?;
    by_owner(&shop, &served, &["keys", "revoke", &id, "--note", "The laptop was stolen.", "--yes"]).await?;

    let listed = by_owner(&shop, &served, &["audit", "list", "--subject", &id]).await?;
    assert_eq!((listed.code, listed.output.lines().count()), (0, 3), "{listed:?}");
    let row = listed.row("revoke-key")?;
    assert!(row.contains(&id) && row.contains("owner") && row.ends_with("The laptop was stolen."), "{row}");

    let all = ["audit", "list", "--json", "--action", "create-key", "--day", &shop.clock.now().rfc3339()[..10]];
    assert_eq!(by_owner(&shop, &served, &all).await?.json_lines()?.len(), 2);
    let refused = by_owner(&shop, &served, &["audit", "list", "--day", "yesterday"]).await?;
    assert_eq!((refused.code, refused.errors.contains("  day: ")), (1, true), "{refused:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_is_one_file_of_all_pages_for_its_owner_alone() -> Outcome {
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    for _ in 0..110 {
        shop.key(Role::Support).await?;
    }
    let served = shop.serve().await?;
    let path = folder.file("audit.csv");
    let to = path.to_str().ok_or("a path")?;

    let export = ["audit", "export", "--action", "create-key", "--to", to];
    let exported = by_owner(&shop, &served, &export).await?;
    assert_eq!((exported.code, exported.output), (0, format!("The list is in {to}.\n")));
    assert_eq!(served.asked().len(), 2, "pages");
    let file = fs::read_to_string(&path)?;
    assert_eq!((file.lines().count(), file.matches("\"at\",").count(), file.matches('\u{feff}').count()), (111, 1, 1));
    assert_eq!(file.lines().filter(|line| line.contains("\"create-key\"")).count(), 110);
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path)?.permissions()) & 0o777, 0o600);

    let shown = by_owner(&shop, &served, &export[..4]).await?;
    assert_eq!(shown.output, file);
    assert_eq!(by_owner(&shop, &served, &export).await?.code, 2, "a file that is there is not overwritten");
    assert_eq!(by_owner(&shop, &served, &["audit", "export", "--json"]).await?.code, 2);

    let unused = folder.file("unused.csv");
    let refused = vestibule(&["audit", "export", "--to", unused.to_str().ok_or("a path")?]);
    let refused = refused.at(&served, &shop.key(Role::Support).await?).end().await?;
    assert_eq!((refused.code, unused.exists()), (1, false), "{refused:?}");
    Ok(())
}
