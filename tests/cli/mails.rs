//! `mails`: shown as they read, and as they would.

use std::fs;

use tests::{Outcome, Shop};

use super::{run::by_owner, surroundings::Folder};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_is_shown_as_it_is_and_in_words_that_are_tried() -> Outcome {
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    let served = shop.serve().await?;
    let now = by_owner(&shop, &served, &["mails", "preview", "sign-in-code", "--language", "de"]).await?;
    assert_eq!((now.code, now.output.starts_with("Subject: ")), (0, true), "{now:?}");

    let draft = folder.file("draft.txt");
    let words = |body: &str| {
        fs::write(&draft, body)?;
        Ok::<_, std::io::Error>(draft.display().to_string())
    };
    let preview = ["mails", "preview", "sign-in-code", "--language", "de", "--subject", "Hereinspaziert", "--body-from"];
    let path = words("Ihr Code:\n\n{{ code }}")?;
    let tried = by_owner(&shop, &served, &[&preview[..], &[&path]].concat()).await?;
    assert!(tried.output.starts_with("Subject: Hereinspaziert\n\n") && tried.tells("Ihr Code:"), "{tried:?}");
    let path = words("Ihr Code:\n\n{{ code }}\n\n{{ password }}")?;
    let flawed = by_owner(&shop, &served, &[&preview[..], &[&path]].concat()).await?;
    assert!(flawed.errors.contains("\n  draft.body, line 5: unknown_variable (password)\n"), "{flawed:?}");
    let path = words("Ihr Code fehlt.")?;
    let refused = by_owner(&shop, &served, &[&preview[..], &[&path]].concat()).await?;
    assert_eq!((refused.code, refused.errors.contains("draft")), (1, true), "{refused:?}");

    let missing = by_owner(&shop, &served, &[&preview[..], &["nowhere.txt"]].concat()).await?;
    assert_eq!((missing.code, missing.errors.contains("nowhere.txt")), (2, true), "{missing:?}");
    Ok(())
}
