//! Many guesses in one moment behind one address: right passwords wait for each other, wrong ones end at the limit, and what is
//! refused costs next to nothing.

use futures::future::join_all;
use serde_json::json;
use shared::{
    domain::{client_address::ClientAddress, policy, shop_slug::ShopSlug},
    store::guess_slots::{GuessSlots, Slot},
};
use tests::{Answer, Outcome, Shop};

use crate::floods::count;

/// As many customers as sign in at once behind one address: a mobile network's gateway, or an office on the day of a sale.
const CUSTOMERS: usize = 1_000;
const PASSWORD: &str = "a password of one's own";

fn email(number: usize) -> String {
    format!("customer-{number}@example.com")
}

async fn shop_with_customers(customers: usize) -> Result<Shop, tests::Failure> {
    let shop = Shop::open().await?;
    for number in 0..customers {
        shop.imported(&email(number), PASSWORD).await?;
    }
    Ok(shop)
}

async fn guess(shop: &Shop, number: usize, password: &str) -> Answer {
    shop.post("login", json!({"email": email(number), "password": password})).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_right_passwords_at_once_behind_one_address_all_sign_in() -> Outcome {
    let shop = shop_with_customers(CUSTOMERS).await?;
    let answers = join_all((0..CUSTOMERS).map(|number| guess(&shop, number, PASSWORD))).await;
    println!("right passwords at once: {} of {CUSTOMERS} signed in", count(&answers, 200));
    assert_eq!((count(&answers, 200), count(&answers, 429)), (CUSTOMERS, 0));

    // They have cost the network nothing: it still has all of its thirty wrong guesses.
    let mut wrong = Vec::new();
    for number in 0..31 {
        wrong.push(guess(&shop, number, "not the password").await);
    }
    assert_eq!((count(&wrong, 401), wrong[30].status), (30, 429));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_wrong_passwords_at_once_behind_one_address_thirty_are_evaluated() -> Outcome {
    let shop = shop_with_customers(1).await?;
    // The function has started, and knows the store.
    assert_eq!(guess(&shop, 0, PASSWORD).await.status, 200);
    let hashed = shop.context.passwords.runs();
    let answers = join_all((0..CUSTOMERS).map(|number| guess(&shop, number, "not the password"))).await;
    assert_eq!((count(&answers, 401), count(&answers, 429)), (30, CUSTOMERS - 30));
    assert_eq!(shop.context.passwords.runs() - hashed, 30);
    assert!(answers.iter().filter(|answer| answer.status == 429).all(|answer| answer.retry_after() == 600));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn right_passwords_among_wrong_ones_sign_in_until_the_network_is_spent() -> Outcome {
    let shop = shop_with_customers(200).await?;
    assert_eq!(guess(&shop, 0, PASSWORD).await.status, 200);
    let both = (0..200).map(|number| guess(&shop, number, if number % 10 == 0 { "not the password" } else { PASSWORD }));
    let answers = join_all(both).await;
    assert_eq!((count(&answers, 200), count(&answers, 401), count(&answers, 429)), (180, 20, 0));
    Ok(())
}

#[tokio::test]
async fn a_guess_whose_process_died_counts_as_a_wrong_one_and_holds_nobody_up_for_longer_than_a_function_runs() -> Outcome {
    let shop = shop_with_customers(40).await?;
    assert_eq!(guess(&shop, 0, PASSWORD).await.status, 200);
    // Thirty requests have taken their slots and were cut off: nobody settles them.
    let (store, index) = (ShopSlug::parse("demo")?, shop.context.index_key.get().await?);
    let network = index.network(&store, ClientAddress::parse("192.0.2.1")?.network());
    for number in 0..30 {
        let slots = GuessSlots::new(&store, &policy::PASSWORDS_PER_NETWORK, &network, &shop.email_key(&email(number)).await?);
        assert!(matches!(slots.take(&shop.context.table, shop.clock.now()).await?, Slot::Taken(_)));
    }
    let refused = guess(&shop, 31, PASSWORD).await;
    assert_eq!((refused.status, refused.retry_after()), (429, 1), "it has waited for some seconds, and may try again at once");
    shop.wait(21);
    let refused = guess(&shop, 32, PASSWORD).await;
    assert_eq!((refused.status, refused.retry_after()), (429, 579), "they are wrong guesses now");
    shop.wait(579);
    assert_eq!(guess(&shop, 33, PASSWORD).await.status, 200);
    Ok(())
}

/// What a request cost: its status, the calls to the table, and how many of them were writes.
async fn cost(shop: &Shop, request: impl Future<Output = Answer>) -> (u16, usize, usize) {
    shop.round_trips.reset();
    let answer = request.await;
    (answer.status, shop.round_trips.calls(), shop.round_trips.writes())
}

#[tokio::test]
async fn a_login_that_a_limit_refuses_costs_one_write_and_none_where_the_refusal_is_remembered() -> Outcome {
    // Wrong guesses at many addresses: the network's slots are full.
    let shop = shop_with_customers(1).await?;
    for number in 0..30 {
        assert_eq!(guess(&shop, number, "wrong").await.status, 401);
    }
    assert_eq!(cost(&shop, guess(&shop, 30, "wrong")).await, (429, 2, 1), "a read and a refused write");
    for number in 30..33 {
        assert_eq!(cost(&shop, guess(&shop, number, "wrong")).await, (429, 0, 0), "remembered, at whichever address");
    }

    // Wrong guesses at one address: it has to wait.
    let shop = shop_with_customers(1).await?;
    for _ in 0..5 {
        assert_eq!(guess(&shop, 0, "wrong").await.status, 401);
    }
    assert_eq!(cost(&shop, guess(&shop, 0, "wrong")).await, (429, 2, 1));
    assert_eq!(cost(&shop, guess(&shop, 0, PASSWORD)).await, (429, 0, 0), "remembered, whatever the password");
    assert_eq!(guess(&shop, 1, "wrong").await.status, 401, "at this address alone");
    shop.wait(1);
    assert_eq!(guess(&shop, 0, PASSWORD).await.status, 200, "a refusal is remembered for as long as it says");
    Ok(())
}

#[tokio::test]
async fn a_login_at_a_store_that_does_not_exist_writes_nothing() -> Outcome {
    let shop = shop_with_customers(1).await?;
    let ask = || shop.ask("login").at("no-such-store").json(&json!({"email": email(0), "password": PASSWORD})).send();
    assert_eq!(cost(&shop, ask()).await, (404, 1, 0));
    assert_eq!(cost(&shop, ask()).await, (404, 0, 0), "remembered");
    shop.wait(5);
    assert_eq!(cost(&shop, ask()).await, (404, 1, 0), "somebody may have created it");
    Ok(())
}

#[tokio::test]
async fn a_code_that_a_limit_refuses_costs_one_write_and_none_where_the_refusal_is_remembered() -> Outcome {
    let shop = Shop::open().await?;
    let guess = |challenge: &str| shop.post("verify-code", json!({"challenge_id": challenge, "code": "22222222"}));
    let mut challenges = Vec::new();
    for number in 0..14 {
        let body = json!({"email": format!("guessed-at-{number}@example.com")});
        challenges.push(shop.ask("send-code").from(shop.another_network()).json(&body).send().await.text("/challenge_id"));
    }
    for number in 0..60 {
        assert_eq!(guess(&challenges[number / 5]).await.status, 401, "{number}");
    }
    assert_eq!(cost(&shop, guess(&challenges[12])).await, (429, 2, 1), "the limit is read; the guess was counted beside it");
    for challenge in &challenges[12..] {
        assert_eq!(cost(&shop, guess(challenge)).await, (429, 0, 0), "remembered, at whichever challenge");
    }

    shop.wait(600);
    assert_eq!(cost(&shop, guess(&challenges[0])).await, (410, 2, 1), "no guess is left, and none is counted at the network");
    Ok(())
}

#[tokio::test]
async fn a_code_at_a_store_that_does_not_exist_writes_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let opened = shop.post("send-code", json!({"email": email(0)})).await;
    let body = json!({"challenge_id": opened.text("/challenge_id"), "code": "222222"});
    for calls in [1, 0] {
        assert_eq!(cost(&shop, shop.ask("verify-code").at("no-such-store").json(&body).send()).await, (404, calls, 0));
    }
    Ok(())
}
