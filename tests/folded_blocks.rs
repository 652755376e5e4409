//! A block of an address stands for every spelling that reaches the same mailbox; an account never does.

use serde_json::json;
use tests::{Answer, Failure, Outcome, Shop};

/// Spellings that one mailbox has, by twos.
const SAME: [(&str, &str); 19] = [
    ("ada@example.com", "ada+shop@example.com"),
    ("ada+one@example.com", "ada+two@example.com"),
    ("ada+shop@example.com", "ada@example.com"),
    ("ada@gmail.com", "a.d.a@gmail.com"),
    ("a.da@gmail.com", "ad.a+shop@gmail.com"),
    ("ada@gmail.com", "ada@googlemail.com"),
    ("a.d.a+one@googlemail.com", "A.DA+two@Gmail.com"),
    ("ada@m\u{fc}ller.example", "ada+1@xn--mller-kva.example"),
    ("m@icloud.com", "m@me.com"),
    ("m@mac.com", "M+shop@icloud.com"),
    ("m@me.com", "m@mac.com"),
    ("m@proton.me", "m@pm.me"),
    ("m.n@protonmail.com", "mn@proton.me"),
    ("m_n@protonmail.ch", "m-n+x@pm.me"),
    ("m@yandex.ru", "m@ya.ru"),
    ("m.n@yandex.com", "m-n@yandex.kz"),
    ("taro.@docomo.ne.jp", "taro.+x@docomo.ne.jp"),
    ("ada@gmail.com", "ａ.ｄａ＋shop＠ｇｍａｉｌ。com"),
    ("a\u{200b}da@exam\u{ad}ple.com", "ada@example.com"),
];

/// Mailboxes that only look alike.
const OTHERS: [(&str, &str); 15] = [
    ("ada@example.com", "a.da@example.com"),
    ("ada@example.com", "ada-shop@example.com"),
    ("ada@example.com", "ada+shop@mail.example.com"),
    ("ada@gmail.com", "adam@gmail.com"),
    ("ada@gmail.com", "ada@gmail.example"),
    ("ada@gmail.com", "a.da@mail.gmail.com"),
    ("+one@example.com", "+two@example.com"),
    // Each of these may be somebody else.
    ("m@outlook.com", "m@hotmail.com"),
    ("m@live.com", "m@outlook.com"),
    ("m@fastmail.com", "m@fastmail.fm"),
    ("m@mail.ru", "m@inbox.ru"),
    ("m@gmx.de", "m@gmx.net"),
    ("m.n@icloud.com", "mn@me.com"),
    ("m@me.com", "m@notme.com"),
    ("taro.@docomo.ne.jp", "taro@docomo.ne.jp"),
];

async fn checked(shop: &Shop, email: &str) -> Answer {
    shop.ask("block-check").bearer(&shop.owner_key).json(&json!({"email": email, "scope": "checkout"})).send().await
}

#[tokio::test]
async fn a_block_meets_every_spelling_of_a_mailbox_and_no_other_mailbox() -> Outcome {
    for (blocked, asked, meets) in
        SAME.map(|(blocked, asked)| (blocked, asked, true)).into_iter().chain(OTHERS.map(|(blocked, asked)| (blocked, asked, false)))
    {
        let shop = Shop::open().await?;
        shop.block_email(blocked).await?;
        assert_eq!(checked(&shop, asked).await.body["blocked"], meets, "{blocked} {asked}");
        assert_eq!(checked(&shop, blocked).await.body["blocked"], true, "{blocked}");
    }
    Ok(())
}

#[tokio::test]
async fn spellings_of_one_mailbox_are_accounts_of_their_own() -> Outcome {
    let shop = Shop::open().await?;
    let mut ids = Vec::new();
    for email in ["ada@gmail.com", "a.da@gmail.com", "ada+1@gmail.com", "ada@googlemail.com"] {
        ids.push(shop.customer(email).await?.account_id());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
    Ok(())
}

/// What an address can hold when its mailbox is blocked under another spelling.
struct Held {
    refresh_token: String,
    access_token: String,
    password: String,
    code: (String, String),
    link: String,
}

async fn held(shop: &Shop, email: &str) -> Result<Held, Failure> {
    let ada = shop.customer(email).await?;
    shop.wait_a_day();
    let refreshed = shop.post("login", json!({"email": email, "password": ada.password})).await;
    let code = shop.challenge(email, "sign-in").await?;
    shop.wait(60);
    shop.post("forgot-password", json!({"email": email})).await;
    Ok(Held {
        refresh_token: refreshed.text("/refresh_token"),
        access_token: refreshed.text("/access_token"),
        password: ada.password,
        code,
        link: shop.link_token(email).await?,
    })
}

#[tokio::test]
async fn whatever_another_spelling_holds_is_refused_by_the_next_request() -> Outcome {
    for (blocked, email) in SAME {
        let shop = Shop::open().await?;
        // A block of the address itself, however it is typed, ends everything at once.
        let parsed = shared::domain::email_address::EmailAddress::parse;
        if parsed(blocked)?.as_str() == parsed(email)?.as_str() {
            continue;
        }
        let email = parsed(email)?.as_str().to_lowercase();
        let Held { refresh_token, access_token, password, code, link } = held(&shop, &email).await?;
        let mails = shop.mails(&email).await?.len();
        shop.block_email(blocked).await?;

        let (challenge_id, code) = code;
        for (operation, body) in [
            ("refresh-session", json!({"refresh_token": refresh_token})),
            ("refresh-session", json!({"refresh_token": refresh_token})),
            ("login", json!({"email": email, "password": password})),
            ("verify-code", json!({"challenge_id": challenge_id, "code": code})),
            ("reset-password", json!({"token": link, "password": "another password"})),
        ] {
            let answer = shop.post(operation, body).await;
            assert_eq!(answer.refusal(), (403, "blocked".to_owned()), "{operation} {blocked} {email}");
        }
        shop.wait_a_day();
        for (operation, body) in [
            ("send-code", json!({"email": email})),
            ("forgot-password", json!({"email": email})),
            ("create-account", json!({"email": email})),
        ] {
            let answer = shop.ask(operation).from(shop.another_network()).json(&body).send().await;
            assert_eq!(answer.status, 202, "{operation}");
            shop.wait(60);
        }
        assert_eq!(shop.mails(&email).await?.len(), mails, "nothing was mailed to {email}");
        let late = shop.ask("logout").bearer(&access_token).send().await;
        assert_eq!(late.status, 401, "a day later");
    }
    Ok(())
}

#[tokio::test]
async fn a_new_account_at_another_spelling_is_kept_from_buying_as_well() -> Outcome {
    use shared::domain::{
        block::{BlockRule, Scope},
        email_address::EmailAddress,
    };
    let shop = Shop::open().await?;
    shop.block(BlockRule::Email(EmailAddress::parse("ada@gmail.com")?), &[Scope::Checkout], None).await?;
    for email in ["a.da@gmail.com", "ada@gmail.com", "ada+1@gmail.com"] {
        let ada = shop.customer(email).await?;
        assert_eq!(shop.account(email).await?.map(|account| account.blocks.len()), Some(1), "{email}");
        let by_account = json!({"account_id": ada.account_id(), "scope": "checkout"});
        let answer = shop.ask("block-check").bearer(&shop.owner_key).json(&by_account).send().await;
        assert_eq!(answer.body["blocked"], true, "{email}");
    }
    Ok(())
}
