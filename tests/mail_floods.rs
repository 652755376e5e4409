//! Mails that strangers ask for: few reach any one mailbox, and a part of the shop's budget stays with its customers.

use futures::future::join_all;
use serde_json::json;
use shared::domain::policy::MailsPerHour;
use tests::{Outcome, Shop};

use crate::floods::{count, flood};

const HOUR: usize = 60 * 60;

/// The most of these moments that fall into any span of so many seconds.
fn most_within(span: usize, moments: &[usize]) -> usize {
    moments.iter().map(|from| moments.iter().filter(|at| (*from..from + span).contains(at)).count()).max().unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bomb_of_every_kind_of_mail_for_a_day_is_five_an_hour_and_ten_a_day_and_a_known_device_gets_its_own() -> Outcome {
    let shop = Shop::open().await?;
    let victim = shop.customer("victim@example.com").await?;
    shop.wait_a_day();
    let mut received = shop.mails(&victim.email).await?.len();
    let mut arrived = Vec::new();
    let pause = 600;
    for (step, at) in (0..26 * HOUR).step_by(pause).enumerate() {
        let bomb = [step * 2, step * 2 + 1].map(|number| {
            let operation = ["send-code", "create-account", "forgot-password"][number % 3];
            let network = u32::try_from(number % 100).unwrap_or(0);
            shop.ask(operation).from_network(network).json(&json!({"email": victim.email})).send()
        });
        join_all(bomb).await;
        let mails = shop.mails(&victim.email).await?.len();
        arrived.extend(std::iter::repeat_n(at, mails - received));
        received = mails;

        // In the middle of it, when strangers have spent what the address has for the day.
        if at == 13 * HOUR {
            let known = json!({"email": victim.email, "device_token": victim.device_token()});
            let sent = shop.post("send-code", known).await;
            let body = json!({"challenge_id": sent.text("/challenge_id"), "code": shop.code(&victim.email).await?});
            assert_eq!((sent.status, shop.post("verify-code", body).await.status), (202, 200));
            received += 1;
        }
        shop.wait(pause as u64);
    }
    assert_eq!((most_within(HOUR, &arrived), most_within(24 * HOUR, &arrived), arrived.len()), (5, 10, 20), "{arrived:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_to_ever_new_addresses_leave_a_quarter_to_addresses_with_an_account_and_a_fifth_to_known_devices() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let budget = u64::from(flood() / 10);
    let per_hour = MailsPerHour::parse(budget)?;
    shop.set_up(|settings| settings.mails_per_hour = per_hour).await?;
    // To the first second of an hour.
    shop.wait(3600 - shop.clock.now().unix_seconds().unsigned_abs() % 3600);
    let mails = shop.every_mail().await?.len();

    let ask = |number: u32| {
        let operation = ["send-code", "create-account"][number as usize % 2];
        shop.ask(operation).from_network(number / 5).json(&json!({"email": format!("stranger-{number}@example.com")})).send()
    };
    let (mut answers, one_by_one) = (Vec::new(), flood() / 5);
    for number in 0..one_by_one {
        answers.push(ask(number).await);
    }
    assert_eq!(count(&answers, 202), answers.len(), "what is withheld is answered as what is sent");
    let of_strangers = usize::try_from(budget - budget / 5)?;
    let to_unknown = of_strangers - of_strangers / 4;
    assert_eq!(shop.every_mail().await?.len(), mails + to_unknown);
    for wave in (one_by_one..flood() / 2).step_by(50) {
        answers.extend(join_all((wave..wave + 50).map(ask)).await);
    }
    assert_eq!(count(&answers, 202) + count(&answers, 429), answers.len());
    assert_eq!(shop.every_mail().await?.len(), mails + to_unknown, "nor do many at once get more");
    // Whoever has an account and no known device is mailed all the same.
    let sent = shop.ask("send-code").from_network(100_000).json(&json!({"email": ada.email})).send().await;
    assert_eq!((sent.status, shop.mail_kinds(&ada.email).await?[0].as_str()), (202, "sign-in-code"));
    shop.wait(60);
    let sent = shop.post("send-code", json!({"email": ada.email, "device_token": ada.device_token()})).await;
    assert_eq!((sent.status, shop.mail_kinds(&ada.email).await?[0].as_str()), (202, "sign-in-code"));
    Ok(())
}
