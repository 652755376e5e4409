//! What holds for every command: its help, its questions, and the names of the operations that it asks for.

use std::{collections::BTreeSet, fs};

use clap::CommandFactory;
use local::template::Template;
use shared::http::Side;
use tests::{Outcome, Shop};
use vestibule::arguments::Arguments;

use super::{run::vestibule, surroundings::Folder};

const ACCOUNT: &str = "acc_ckc7okvlympzdudzmt53lcl2mu";

/// Every command that asks the API, with what it needs to be understood. A new one is a line here.
const EVERY: &[&[&str]] = &[
    &["accounts", "allow-mail", ACCOUNT, "--note", "x"],
    &["accounts", "annotate", ACCOUNT, "--tag", "vip"],
    &["accounts", "delete", ACCOUNT, "--mode", "erase", "--note", "x"],
    &["accounts", "hold", ACCOUNT, "dispute", "--note", "x"],
    &["accounts", "lift-hold", ACCOUNT, "dispute", "--note", "x"],
    &["accounts", "export", "--consent", "given"],
    &["accounts", "find", "--email-prefix", "ada"],
    &["accounts", "list", "--tag", "vip", "--limit", "1"],
    &["accounts", "view", ACCOUNT],
    &["audit", "export", "--day", "2026-11-18"],
    &["audit", "list", "--subject", ACCOUNT, "--limit", "1"],
    &["blocks", "check", "--scope", "checkout", "--ip", "192.0.2.1"],
    &["blocks", "create", "--ip", "192.0.2.1", "--reason", "abuse", "--note", "x"],
    &["blocks", "find", "--network", "192.0.2.0/24"],
    &["blocks", "lift", "blk_aaaaaaaaaaaaaaaa", "--note", "x"],
    &["blocks", "list", "--state", "standing", "--limit", "1"],
    &["blocks", "view", "blk_aaaaaaaaaaaaaaaa"],
    &["import", "customers.csv", "--from", "generic-csv"],
    &["invites", "start", "--all", "--dry-run"],
    &["invites", "status", "--limit", "1"],
    &["invites", "status", "cmp_aaaaaaaaaaaaaaaa"],
    &["invites", "stop", "cmp_aaaaaaaaaaaaaaaa"],
    &["keys", "create", "--role", "support", "--label", "x"],
    &["keys", "list"],
    &["keys", "revoke", "key_aaaaaaaaaaaaaaaa"],
    &["mails", "preview", "invite", "--language", "en"],
    &["orders", "list", "--account", ACCOUNT],
    &[
        "orders",
        "record",
        "--account",
        ACCOUNT,
        "--reference",
        "R-1",
        "--total",
        "1",
        "--currency",
        "EUR",
        "--placed-at",
        "2025-03-14T18:04:00Z",
    ],
    &["smoke", "--no-mail"],
    &["store", "configure", "--set", "sign_up_open=false"],
    &["store", "view"],
];

/// Those that ask back first.
const ASKING_BACK: &[&[&str]] = &[
    &["accounts", "annotate", ACCOUNT, "--remove-note", "note_aaaaaaaaaaaaaaaa"],
    &["accounts", "delete", ACCOUNT, "--mode", "close", "--note", "x"],
    &["accounts", "delete", ACCOUNT, "--mode", "erase", "--note", "x"],
    &["blocks", "create", "--email", "eve@example.com", "--reason", "abuse", "--note", "x", "--notify"],
    &["invites", "start", "--tag", "berlin"],
    &["invites", "stop", "cmp_aaaaaaaaaaaaaaaa"],
    &["keys", "revoke", "key_aaaaaaaaaaaaaaaa"],
    &["store", "configure", "--unset", "mails_per_hour"],
];

/// The commands of a tree, each by its words, but those that ask nobody.
fn commands(tree: &clap::Command, above: &[String]) -> Vec<Vec<String>> {
    let below = tree.get_subcommands().filter(|command| command.get_name() != "completions");
    let found: Vec<_> = below.flat_map(|command| commands(command, &[above, &[command.get_name().to_owned()]].concat())).collect();
    if found.is_empty() { vec![above.to_vec()] } else { found }
}

/// The command that is meant by these words.
fn name_of<'w>(words: &'w [&'w str]) -> &'w [&'w str] {
    if ["import", "smoke"].contains(&words[0]) { &words[..1] } else { &words[..2] }
}

#[test]
fn every_command_is_in_the_table() {
    let typed: BTreeSet<Vec<String>> = EVERY.iter().map(|words| name_of(words).iter().map(|word| (*word).to_owned()).collect()).collect();
    let there: BTreeSet<_> = commands(&Arguments::command(), &[]).into_iter().collect();
    assert_eq!(typed, there);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_tells_how_it_is_used() -> Outcome {
    let all = vestibule(&["--help"]).end().await?;
    assert_eq!((all.code, all.errors.as_str()), (0, ""));
    assert!(all.output.contains("Exit status:") && all.output.contains("VESTIBULE_KEY"), "{all:?}");
    for &words in EVERY {
        let name = name_of(words);
        let help = vestibule(&[name, &["--help"]].concat()).end().await?;
        assert_eq!(help.code, 0, "{help:?}");
        assert!(help.output.contains("Example") && help.output.contains(&format!("  vestibule {}", name.join(" "))), "{help:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_understood_is_not_asked() -> Outcome {
    for words in [&["keys"][..], &["keys", "burn"], &["keys", "create", "--role", "king", "--label", "x"], &[]] {
        let ended = vestibule(words).end().await?;
        assert_eq!((ended.code, ended.output.as_str()), (2, ""), "{words:?}");
        assert!(ended.errors.contains("--help"), "{ended:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_key_no_command_asks_anything() -> Outcome {
    let shop = Shop::open().await?;
    let served = shop.serve().await?;
    for &words in EVERY {
        let ended = vestibule(words).with("VESTIBULE_URL", &served.url).with("VESTIBULE_STORE", "demo").end().await?;
        assert_eq!((ended.code, ended.errors.contains("VESTIBULE_KEY")), (2, true), "{words:?}: {ended:?}");
    }
    assert_eq!(served.asked().len(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_of_the_merchants_side_has_a_command() -> Outcome {
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    let served = shop.serve().await?;
    fs::write(folder.file("customers.csv"), "email\nada@example.com\n")?;
    for &words in EVERY {
        let sure = if ASKING_BACK.iter().any(|asking| name_of(asking) == name_of(words)) { &["--yes"][..] } else { &[] };
        vestibule(&[words, sure].concat()).at(&served, &shop.owner_key).in_folder(folder.file("")).end().await?;
    }
    let asked: BTreeSet<_> = served.asked().iter().filter_map(|asked| asked.path.rsplit('/').next().map(str::to_owned)).collect();

    let template = Template::read(&Template::path())?;
    let merchants = template.functions().filter(|function| function.routes.iter().any(|route| route.side() == Side::Merchant));
    let left: Vec<_> = merchants.map(|function| function.operation).filter(|operation| !asked.contains(operation)).collect();
    assert!(left.is_empty(), "{left:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_taken_back_is_done_only_if_it_is_meant() -> Outcome {
    let shop = Shop::open().await?;
    for &words in ASKING_BACK {
        let served = shop.serve().await?;
        let run = vestibule(words).at(&served, &shop.owner_key);
        let nobody = run.clone().end().await?;
        assert_eq!((nobody.code, nobody.errors.contains("--yes")), (2, true), "{words:?}: {nobody:?}");
        let no = run.clone().typed("no\n").end().await?;
        assert_eq!((no.code, no.errors.contains("Nothing was changed.")), (1, true), "{words:?}: {no:?}");
        assert_eq!(run.clone().typed("\n").end().await?.code, 1, "{words:?}");
        // It may look at what is about to be changed.
        let changes = || served.asked().iter().filter(|request| request.method == "POST").count();
        assert_eq!(changes(), 0, "{words:?}");

        run.typed("yes\n").end().await?;
        assert_eq!(changes(), 1, "{words:?}");
        vestibule(&[words, &["--yes"]].concat()).at(&served, &shop.owner_key).end().await?;
        assert_eq!(changes(), 2, "{words:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shell_learns_the_commands_without_a_key() -> Outcome {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = vestibule(&["completions", shell]).end().await?;
        assert_eq!(script.code, 0, "{script:?}");
        assert!(script.output.contains("vestibule") && script.output.contains("revoke"), "{shell}");
    }
    Ok(())
}
