//! `invites`: a campaign is begun, followed and stopped.

use serde_json::json;
use tests::{Outcome, Shop};

use super::run::by_owner;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_campaign_is_begun_followed_and_stopped() -> Outcome {
    let shop = Shop::open().await?;
    let served = shop.serve().await?;

    let start = ["invites", "start", "--tag", "berlin", "--per-hour", "50", "--remind-after", "3,10", "--announce", "en=We have moved."];
    let begun = by_owner(&shop, &served, &[&start[..], &["--only-without-password", "--yes", "--json"]].concat()).await?.json()?;
    assert_eq!(
        (&begun["audience"], &begun["mails_per_hour"], &begun["status"]),
        (&json!({"tag": "berlin"}), &json!(50), &json!("scheduled"))
    );
    assert_eq!((&begun["reminder_days"], &begun["only_without_password"]), (&json!([3, 10]), &json!(true)));
    assert_eq!(begun["announcement"], json!({"en": "We have moved."}));
    let id = begun["campaign_id"].as_str().ok_or("a campaign has a name")?;

    let viewed = by_owner(&shop, &served, &["invites", "status", id, "--json"]).await?.json()?;
    assert_eq!(viewed["counts"]["sent"], 0);
    let listed = by_owner(&shop, &served, &["invites", "status"]).await?;
    assert!(listed.row(id)?.contains("scheduled"), "{listed:?}");

    let stopped = by_owner(&shop, &served, &["invites", "stop", id, "--note", "The wrong segment.", "--yes"]).await?;
    assert_eq!(stopped.code, 0, "{stopped:?}");
    assert!(by_owner(&shop, &served, &["invites", "status"]).await?.row(id)?.contains("cancelled"));

    // To count mails nobody, so nobody is asked.
    let counted = by_owner(&shop, &served, &["invites", "start", "--all", "--dry-run", "--json"]).await?.json()?;
    assert_eq!((&counted["audience"], &counted["dry_run"]), (&json!("all"), &json!(true)));
    let told = by_owner(&shop, &served, &["invites", "start", "--tag", "berlin", "--dry-run"]).await?;
    assert!(told.output.starts_with("The campaign is being counted, and mails nobody:\n"), "{told:?}");
    let both = by_owner(&shop, &served, &["invites", "start", "--all", "--tag", "berlin"]).await?;
    assert_eq!(both.code, 2, "{both:?}");
    Ok(())
}
