//! Many guesses from many networks, all in one moment: few are evaluated, and the customer signs in all the while.

use futures::future::join_all;
use serde_json::json;
use tests::{Answer, Customer, Failure, Outcome, Shop, Table, text};

/// How many networks an attacker has.
const NETWORKS: u32 = 100;
/// Where the customer is when not at home: no attacker's network.
const ELSEWHERE: u32 = 100_000;

/// How many requests a flood has: a hundredth of it from each network. A longer one is asked for by the environment.
pub(crate) fn flood() -> u32 {
    std::env::var("VESTIBULE_FLOOD").ok().and_then(|count| count.parse().ok()).unwrap_or(500)
}

/// How many of these answers have this status.
pub(crate) fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

/// How many events each subject of a limit has been counted for: the moments in its item that are not zero.
fn counted(table: &Table, limit: &str) -> Vec<usize> {
    let name = format!("#L#{limit}#");
    let is_moment = |name: &str| name.strip_prefix('t').is_some_and(|at| at.parse::<u8>().is_ok());
    let of_limit = table.of("LIMIT").filter(|item| text(item, "pk").contains(&name));
    of_limit.map(|item| item.iter().filter(|(name, value)| is_moment(name) && value.as_n().is_ok_and(|at| at != "0")).count()).collect()
}

/// The customer signs in from home, where the browser is known, and an attacker is too.
async fn signs_in_at_home(shop: &Shop, ada: &Customer) {
    let known = json!({"email": ada.email, "password": ada.password, "device_token": ada.device_token()});
    assert_eq!(shop.ask("login").from_network(0).json(&known).send().await.status, 200);
}

/// The customer signs in with another browser from somewhere else.
async fn signs_in_elsewhere(shop: &Shop, ada: &Customer) -> Answer {
    shop.ask("login").from_network(ELSEWHERE).json(&json!({"email": ada.email, "password": ada.password})).send().await
}

async fn signs_in_by_password(shop: &Shop, ada: &Customer) {
    signs_in_at_home(shop, ada).await;
    assert_eq!(signs_in_elsewhere(shop, ada).await.status, 200);
}

/// The customer signs in by a code that the known browser has asked for.
async fn signs_in_by_code(shop: &Shop, ada: &Customer) -> Result<(), Failure> {
    let known = json!({"email": ada.email, "device_token": ada.device_token()});
    let sent = shop.ask("send-code").from_network(0).json(&known).send().await;
    assert_eq!(sent.status, 202);
    let body = json!({"challenge_id": sent.text("/challenge_id"), "code": shop.code(&ada.email).await?});
    assert_eq!(shop.ask("verify-code").from_network(0).json(&body).send().await.status, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_a_flood_of_password_guesses_each_network_gets_five_and_the_customer_signs_in() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let from_one = async |network: u32| {
        let mut answers = Vec::new();
        for number in 0..flood() / NETWORKS / 2 + 1 {
            let guess = json!({"email": ada.email, "password": format!("guess {number}")});
            answers.push(shop.ask("login").from_network(network).json(&guess).send().await);
        }
        answers
    };

    let mut answers = Vec::new();
    for half in 0..2 {
        let customer = async {
            if half == 0 {
                signs_in_by_code(&shop, &ada).await?;
            }
            signs_in_at_home(&shop, &ada).await;
            Ok::<_, Failure>(())
        };
        let (guessed, signed_in) = futures::join!(join_all((0..NETWORKS).map(from_one)), customer);
        signed_in?;
        answers.extend(guessed.into_iter().flatten());
    }
    signs_in_at_home(&shop, &ada).await;
    shop.wait(60);
    let asked = signs_in_elsewhere(&shop, &ada).await;
    assert_eq!(asked.refusal(), (401, "challenge_required".to_owned()), "so many strangers have guessed that a code is mailed");
    let proof = json!({"challenge_id": asked.text("/challenge_id"), "code": shop.code(&ada.email).await?});
    assert_eq!(shop.ask("verify-code").from_network(ELSEWHERE).json(&proof).send().await.status, 200);

    let evaluated = count(&answers, 401);
    assert_eq!(
        (evaluated, count(&answers, 429)),
        (500, answers.len() - 500),
        "the sixth in a row waits a second, and the clock stands still"
    );
    let table = shop.table().await?;
    let pairs = counted(&table, "passwords-pair");
    assert_eq!(pairs.iter().filter(|count| **count == 5).count(), 100, "{pairs:?}");
    assert_eq!(pairs.iter().sum::<usize>(), evaluated, "right passwords have been given back");
    assert_eq!(counted(&table, "passwords-network").iter().sum::<usize>(), evaluated);
    assert_eq!(counted(&table, "passwords-known"), [0]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_a_flood_of_code_guesses_and_requests_five_are_evaluated_five_are_mailed_and_the_customer_signs_in() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let mails = shop.mails(&ada.email).await?.len();
    let opened = shop.ask("send-code").from_network(1).json(&json!({"email": ada.email})).send().await;
    let challenge = opened.text("/challenge_id");
    assert_eq!(opened.status, 202);
    let from_one = async |network: u32| {
        let (mut asked, mut guessed) = (Vec::new(), Vec::new());
        for number in 0..flood() / NETWORKS {
            let request = ["send-code", "create-account", "forgot-password"].get(number as usize % 5);
            match request {
                Some(operation) => asked.push(shop.ask(operation).from_network(network).json(&json!({"email": ada.email})).send().await),
                None => {
                    // Of a shape that the mailed code does not have.
                    let guess = json!({"challenge_id": challenge, "code": format!("{number:08}")});
                    guessed.push(shop.ask("verify-code").from_network(network).json(&guess).send().await);
                }
            }
        }
        (asked, guessed)
    };
    signs_in_by_code(&shop, &ada).await?;
    let (flooded, ()) = futures::join!(join_all((0..NETWORKS).map(from_one)), signs_in_by_password(&shop, &ada));
    signs_in_by_password(&shop, &ada).await;

    let (asked, guessed): (Vec<_>, Vec<_>) = flooded.into_iter().unzip();
    let (asked, guessed) = (asked.concat(), guessed.concat());
    assert_eq!((count(&asked, 202), count(&asked, 429)), (4, asked.len() - 4));
    assert_eq!((count(&guessed, 401), count(&guessed, 410)), (5, guessed.len() - 5));
    assert!(asked.iter().filter(|answer| answer.status == 429).all(|answer| matches!(answer.retry_after(), 60 | 3600)));
    assert_eq!(shop.mails(&ada.email).await?.len(), mails + 6, "five of the attacker's, and her own");
    assert_eq!(counted(&shop.table().await?, "wrong-codes"), [5]);
    shop.wait(60);
    signs_in_by_code(&shop, &ada).await?;
    Ok(())
}

/// Who sends a request, or says so: its number makes another network of it, if anything does.
type Disguise = fn(tests::Request<'_>, u16) -> tests::Request<'_>;

/// The ways to look like many that must not help.
const DISGUISES: [(&str, Disguise); 3] = [
    ("as one", |request, _| request),
    ("by headers", |request, number| {
        let address = format!("203.0.{}.{}", number / 256, number % 256);
        let plain = [
            "x-forwarded-for",
            "x-real-ip",
            "cf-connecting-ip",
            "true-client-ip",
            "x-client-ip",
            "fastly-client-ip",
            "x-cluster-client-ip",
        ];
        let request = plain.iter().fold(request, |request, name| request.header(name, &address));
        request.header("forwarded", &format!("for={address};by={address}")).header("via", &format!("1.1 {address}"))
    }),
    ("by addresses of one IPv6 /64", |request, number| request.from([0x2001, 0xdb8, 1, 2, number.rotate_left(8), number, !number, number])),
];

/// Thirteen open challenges: five guesses at each are more than a network has.
async fn thirteen_challenges(shop: &Shop) -> Vec<String> {
    let open = async |number: u32| {
        let body = json!({"email": format!("guessed-at-{number}@example.com")});
        shop.ask("send-code").from_network(number).json(&body).send().await.text("/challenge_id")
    };
    join_all((0..13).map(open)).await
}

#[tokio::test]
async fn whoever_looks_like_many_is_refused_at_the_same_request_as_one() -> Outcome {
    let shop = Shop::open().await?;
    for (disguise, disguised) in DISGUISES {
        for (what, operation, at_most) in [
            ("wrong passwords at one address", "login", 5),
            ("wrong passwords at many", "login", 30),
            ("codes", "send-code", 10),
            ("links", "forgot-password", 10),
            ("sign-ups", "create-account", 10),
            ("wrong codes", "verify-code", 60),
        ] {
            let challenges = if operation == "verify-code" { thirteen_challenges(&shop).await } else { Vec::new() };
            let mut allowed = 0;
            loop {
                let who = if what.ends_with("one address") { 0 } else { allowed };
                let email = format!("customer-{who}@example.com");
                let body = match operation {
                    "login" => json!({"email": email, "password": "wrong"}),
                    "verify-code" => json!({"challenge_id": challenges[usize::from(allowed / 5)], "code": "22222222"}),
                    _ => json!({"email": email}),
                };
                let answer = disguised(shop.ask(operation), allowed).json(&body).send().await;
                if answer.status == 429 {
                    break;
                }
                assert!(matches!(answer.status, 202 | 401), "{what} {disguise}: {answer:?}");
                allowed += 1;
            }
            assert_eq!(allowed, at_most, "{what} {disguise}");
            shop.wait_a_day();
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attackers_own_right_passwords_refill_no_guesses_at_others_even_in_the_same_moment() -> Outcome {
    let shop = Shop::open().await?;
    let own = shop.customer("attacker@example.com").await?;
    shop.wait_a_day();
    let right = || shop.post("login", json!({"email": own.email, "password": own.password}));
    let wrong = |number: u32| shop.post("login", json!({"email": format!("other-{number}@example.com"), "password": "Winter2026!"}));

    // A dozen at a time: more of them would only wait for each other's sessions.
    let mut at_others = Vec::new();
    for wave in [0, 12, 24, 36, 48] {
        let (of_own, guesses) = futures::join!(join_all((0..12).map(|_| right())), join_all((wave..wave + 12).map(wrong)));
        assert!(of_own.iter().all(|answer| matches!(answer.status, 200 | 429)), "{of_own:?}");
        at_others.extend(guesses);
    }
    // While a right one is under way it holds a place, so the last places are only had without them.
    for number in 60..90 {
        at_others.push(wrong(number).await);
    }
    assert_eq!((count(&at_others, 401), count(&at_others, 429)), (30, 60));
    assert_eq!(right().await.status, 429, "from a network that is spent nobody is let in");
    Ok(())
}

#[tokio::test]
async fn an_attackers_own_right_codes_refill_no_guesses_at_others() -> Outcome {
    let shop = Shop::open().await?;
    let mut evaluated = 0;
    for number in 0..15 {
        let open = async |who: &str| -> Result<(String, String), Failure> {
            let email = format!("{who}-{number}@example.com");
            let sent = shop.ask("send-code").from_network(number).json(&json!({"email": email})).send().await;
            Ok((sent.text("/challenge_id"), shop.code(&email).await?))
        };
        let ((own, code), (other, _)) = (open("own").await?, open("other").await?);
        let right = shop.post("verify-code", json!({"challenge_id": own, "code": code})).await;
        assert!(matches!(right.status, 200 | 429), "{right:?}");
        for _ in 0..5 {
            let wrong = shop.post("verify-code", json!({"challenge_id": other, "code": "22222222"})).await;
            evaluated += u32::from(wrong.status == 401);
        }
    }
    assert_eq!(evaluated, 60);
    Ok(())
}

#[tokio::test]
async fn a_limit_that_cannot_be_counted_lets_nothing_through() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
    let wrong = [
        shop.post("login", json!({"email": ada.email, "password": "wrong"})).await,
        shop.post("verify-code", json!({"challenge_id": challenge, "code": "22222222"})).await,
    ];
    assert_eq!(count(&wrong, 401), 2);
    shop.wait(61);
    let (sessions, mails) = (shop.table().await?.sessions(&ada.email), shop.every_mail().await?.len());
    // A text cannot be added to: only the counting fails, and everything else answers.
    for item in shop.table().await?.of("LIMIT") {
        let update =
            shop.dynamodb().update_item().table_name(shop.table_name()).key("pk", item["pk"].clone()).key("sk", item["sk"].clone());
        let text = aws_sdk_dynamodb::types::AttributeValue::S("no number".to_owned());
        let update = update
            .update_expression("SET failed = :text, under_way = :text, strangers = :text, t59 = :text")
            .expression_attribute_values(":text", text);
        update.send().await?;
    }

    for (operation, body) in [
        ("login", json!({"email": ada.email, "password": ada.password})),
        ("verify-code", json!({"challenge_id": challenge, "code": code})),
        ("send-code", json!({"email": ada.email})),
        ("forgot-password", json!({"email": ada.email})),
        ("create-account", json!({"email": ada.email})),
    ] {
        let answer = shop.post(operation, body).await;
        assert_eq!(answer.refusal(), (503, "unavailable".to_owned()), "{operation}");
    }
    assert_eq!((shop.table().await?.sessions(&ada.email), shop.every_mail().await?.len()), (sessions, mails));
    Ok(())
}
