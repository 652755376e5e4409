//! Where the URL, the store and the key come from, and what is refused before anything is sent.

use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU16, Ordering},
};

use tests::{Failure, Outcome, Shop};

use super::run::vestibule;

static FOLDERS: AtomicU16 = AtomicU16::new(0);

/// A folder of its own, gone with the test.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> Result<Self, Failure> {
        let name = format!("cli-{}-{}", std::process::id(), FOLDERS.fetch_add(1, Ordering::SeqCst));
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flags_go_before_the_environment() -> Outcome {
    let shop = Shop::open().await?;
    let served = shop.serve().await?;
    let listed = vestibule(&["--url", &served.url, "--store", "demo", "keys", "list"])
        .with("VESTIBULE_URL", "https://nowhere.example")
        .with("VESTIBULE_STORE", "other")
        .with("VESTIBULE_KEY", &shop.owner_key)
        .end()
        .await?;
    assert_eq!(listed.code, 0, "{listed:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_shop_on_this_machine_is_found_from_any_folder_of_the_repository() -> Outcome {
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    let served = shop.serve().await?;
    fs::create_dir_all(folder.file("target/local"))?;
    fs::create_dir_all(folder.file("shared/src"))?;
    let text = format!("VESTIBULE_URL={}\nVESTIBULE_STORE=demo\nVESTIBULE_OWNER_KEY={}\n", served.url, shop.owner_key);
    fs::write(folder.file("target/local/demo.env"), text)?;

    let listed = vestibule(&["--local", "keys", "list"]).in_folder(folder.file("shared/src")).end().await?;
    assert_eq!(listed.code, 0, "{listed:?}");
    let nowhere = vestibule(&["--local", "keys", "list"]).in_folder(PathBuf::from("/")).end().await?;
    assert_eq!((nowhere.code, nowhere.errors.contains("Start `cargo local`")), (2, true), "{nowhere:?}");
    let both = vestibule(&["--local", "--store", "demo", "keys", "list"]).in_folder(folder.file("shared/src")).end().await?;
    assert_eq!(both.code, 2, "{both:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_file_is_named_from_the_folder_that_one_is_in() -> Outcome {
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    let served = shop.serve().await?;
    fs::create_dir(folder.file("below"))?;
    fs::write(folder.file("below/words.txt"), "{{ code }}")?;
    fs::write(folder.file("below/customers.csv"), "email\nada@example.com\n")?;
    let here = |words: &[&str]| vestibule(words).at(&served, &shop.owner_key).in_folder(folder.file(""));
    for (words, made) in [
        (vec!["keys", "create", "--role", "owner", "--label", "x", "--key-to", "below/new.key"], "below/new.key"),
        (vec!["keys", "list", "--key-file", "below/new.key"], "below/new.key"),
        (vec!["audit", "export", "--to", "below/audit.csv"], "below/audit.csv"),
        (vec!["accounts", "export", "--to", "below/list.csv"], "below/list.csv"),
        (
            vec!["mails", "preview", "sign-in-code", "--language", "en", "--subject", "x", "--body-from", "below/words.txt"],
            "below/words.txt",
        ),
        (vec!["import", "below/customers.csv", "--from", "generic-csv"], "below/customers.csv.report.csv"),
    ] {
        let ended = here(&words).end().await?;
        assert_eq!((ended.code, folder.file(made).exists()), (0, true), "{words:?}: {ended:?}");
    }
    Ok(())
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_file_that_others_can_read_is_refused() -> Outcome {
    use std::os::unix::fs::PermissionsExt;
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    let served = shop.serve().await?;
    let path = folder.file("key");
    fs::write(&path, format!("{}\n", shop.owner_key))?;
    let file = path.to_str().ok_or("a path")?;
    for (mode, code) in [(0o600, 0), (0o400, 0), (0o640, 2), (0o604, 2), (0o620, 2), (0o644, 2)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
        // A key in the environment does not stand in for a file that was named.
        let listed = vestibule(&["keys", "list", "--key-file", file]).at(&served, &shop.owner_key).end().await?;
        assert_eq!(listed.code, code, "{mode:o}: {listed:?}");
        assert!(code == 0 || listed.errors.contains("chmod 600"), "{listed:?}");
    }
    assert_eq!(served.asked().len(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_is_named_with_where_it_goes() -> Outcome {
    let folder = Folder::new()?;
    fs::write(folder.file("letter"), "Dear Ada, the secret is vsk_a_b\n")?;
    #[cfg(unix)]
    fs::set_permissions(folder.file("letter"), std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let letter = folder.file("letter");
    let letter = letter.to_str().ok_or("a path")?;
    let url = "https://api.example.com";
    for (words, told) in [
        (vec!["keys", "list"], "VESTIBULE_URL"),
        (vec!["keys", "list", "--url", url], "VESTIBULE_STORE"),
        (vec!["keys", "list", "--url", url, "--store", "demo"], "VESTIBULE_KEY"),
        (vec!["keys", "list", "--url", url, "--store", "demo", "--key-file", "/nowhere"], "cannot be read"),
        (vec!["keys", "list", "--url", url, "--store", "demo", "--key-file", letter], "not a key"),
        (vec!["keys", "list", "--url", "http://api.example.com", "--store", "demo"], "VESTIBULE_KEY"),
    ] {
        let ended = vestibule(&words).end().await?;
        assert_eq!((ended.code, ended.output.as_str()), (2, ""), "{words:?}");
        assert!(ended.errors.contains(told) && !ended.errors.contains("Ada"), "{words:?}: {ended:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_not_sent_in_the_clear_over_a_network() -> Outcome {
    let ended = vestibule(&["keys", "list", "--url", "http://192.0.2.1", "--store", "demo"]).with("VESTIBULE_KEY", "vsk_a_b").end().await?;
    assert_eq!((ended.code, ended.errors.contains("in the clear")), (2, true), "{ended:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_no_flag_for_a_key() -> Outcome {
    let ended = vestibule(&["keys", "list", "--key", "vsk_a_secret"]).end().await?;
    assert_eq!((ended.code, ended.tells("vsk_a_secret")), (2, false), "{ended:?}");
    Ok(())
}
