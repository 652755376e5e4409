//! Requests that no storefront sends: refused in so many words, with nothing done.

use serde_json::{Value, json};
use tests::{Outcome, Shop};

#[tokio::test]
async fn what_is_no_mailbox_is_refused_and_nothing_is_written() -> Outcome {
    let shop = Shop::open().await?;
    let before = shop.table().await?.0.len();
    let too_long = format!("{}@example.com", "a".repeat(65));
    for email in [
        "",
        "@",
        "ada",
        "ada@",
        "@example.com",
        "ada@localhost",
        "ada@example",
        "ada@example.com.",
        "ada@.example.com",
        "ada@exam ple.com",
        "ad\u{131}@example.com",
        "\u{212a}ate@example.com",
        "ada\u{ff20}example.com",
        "\u{ff41}da@example.com",
        "ada@\u{212a}elvin.example",
        "ada@\u{ff45}xample.com",
        "ada\u{37e}@example.com",
        "<a@evil.example>v@shop.example",
        "ada@example.com,eve@evil.example",
        "ada@example.com;eve@evil.example",
        "Ada <ada@example.com>",
        "\"ada\"@example.com",
        "ada(comment)@example.com",
        "=?utf-8?q?ada?=@example.com",
        "ada@example.com\r\nBcc: eve@evil.example",
        "ada\n@example.com",
        "ada@example.com\n",
        " ada@example.com",
        "ada@example.com\t",
        "ada\0@example.com",
        "ada@[127.0.0.1]",
        "ada@127.0.0.1",
        "a@b@c@example.com",
        ".ada@example.com",
        "ada.@example.com",
        "a..da@example.com",
        "ada%evil.example@example.com",
        "evil!ada@example.com",
        too_long.as_str(),
    ] {
        for operation in ["create-account", "send-code", "forgot-password", "login"] {
            let mut body = json!({"email": email});
            if operation == "login" {
                body["password"] = json!("a password of hers");
            }
            let answer = shop.post(operation, body).await;
            assert_eq!((answer.status, answer.invalid_field().0), (422, "email".to_owned()), "{operation} {email:?}");
            assert!(email.len() < 3 || !answer.body.to_string().contains(email), "what was refused is not repeated");
        }
    }
    assert_eq!(shop.table().await?.0.len(), before);
    Ok(())
}

#[tokio::test]
async fn what_is_not_the_expected_json_is_refused() -> Outcome {
    let shop = Shop::open().await?;
    let deep = format!("{{\"email\":{}1{}}}", "[".repeat(10_000 / 2), "]".repeat(10_000 / 2));
    let large = json!({"email": "ada@example.com", "name": "x".repeat(16 * 1024)}).to_string();
    for (body, status, code) in [
        ("", 422, "invalid_field"),
        ("{", 400, "malformed"),
        ("nonsense", 400, "malformed"),
        ("{\"email\":\"ada@example.com\"}{}", 400, "malformed"),
        ("{\"email\":\"\\ud800@example.com\"}", 400, "malformed"),
        ("[]", 422, "invalid_field"),
        ("null", 422, "invalid_field"),
        ("[\"ada@example.com\",null,null,null,null]", 422, "invalid_field"),
        ("{\"email\":\"ada@example.com\",\"email\":\"eve@example.com\"}", 422, "invalid_field"),
        ("{\"email\":[\"ada@example.com\",\"eve@example.com\"]}", 422, "invalid_field"),
        ("{\"email\":{\"$ne\":null}}", 422, "invalid_field"),
        ("{\"email\":7}", 422, "invalid_field"),
        ("{\"email\":null}", 422, "invalid_field"),
        ("{\"email\":\"ada@example.com\",\"name\":\"a\\u0000b\"}", 422, "invalid_field"),
        ("{\"email\":\"ada@example.com\",\"locale\":\"../../etc\"}", 422, "invalid_field"),
        (&deep, 422, "invalid_field"),
        (&large, 413, "too_large"),
    ] {
        let answer = shop.ask("create-account").raw("application/json; charset=utf-8", body.as_bytes()).send().await;
        let shown: String = body.chars().take(60).collect();
        assert_eq!(answer.refusal(), (status, code.to_owned()), "{shown}");
    }
    let invalid_utf8 = shop.ask("create-account").raw("application/json", b"{\"email\":\"\xff@example.com\"}").send().await;
    assert_eq!(invalid_utf8.status, 400);
    Ok(())
}

#[tokio::test]
async fn fields_that_are_not_the_customers_to_set_are_refused() -> Outcome {
    let shop = Shop::open().await?;
    for field in [
        "role",
        "status",
        "verified",
        "epoch",
        "id",
        "account_id",
        "store",
        "shop",
        "is_new",
        "holds",
        "purpose",
        "exp",
        "Email",
        "__proto__",
    ] {
        let mut body = json!({"email": "ada@example.com"});
        body[field] = json!("owner");
        let answer = shop.post("create-account", body).await;
        assert_eq!((answer.status, answer.text("/errors/0/code")), (422, "unknown_field".to_owned()), "{field}");
    }
    assert!(shop.mails("ada@example.com").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn other_content_types_are_refused_also_in_base64() -> Outcome {
    let shop = Shop::open().await?;
    let json = br#"{"email":"ada@example.com"}"#;
    for content_type in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/octet-stream", "", "application/jsonp"]
    {
        let answer = shop.ask("send-code").raw(content_type, json).send().await;
        assert_eq!(answer.refusal(), (415, "unsupported_media_type".to_owned()), "{content_type}");
    }
    Ok(())
}

#[tokio::test]
async fn digits_that_are_not_ascii_are_no_code() -> Outcome {
    let shop = Shop::open().await?;
    let (challenge, _) = shop.challenge("ada@example.com", "sign-in").await?;
    for code in ["１２３４５６", "٣٤٥٦٧٨", "12345", "1234567", "12345678901", "abcdef", "123456\0"] {
        let answer = shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await;
        assert_eq!((answer.status, answer.invalid_field()), (422, ("code".to_owned(), "invalid_code_format".to_owned())), "{code}");
    }
    let number = shop.post("verify-code", json!({"challenge_id": challenge, "code": 123_456})).await;
    assert_eq!(number.invalid_field(), ("code".to_owned(), "wrong_type".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_path_or_store_that_is_not_there_is_not_found() -> Outcome {
    let shop = Shop::open().await?;
    let body: Value = json!({"email": "ada@example.com"});
    for store in ["nobody", "DEMO", "de_mo", "..", "%2e%2e", &"a".repeat(41)] {
        let answer = shop.ask("send-code").at(store).json(&body).send().await;
        assert_eq!(answer.refusal(), (404, "unknown_store".to_owned()), "{store}");
    }
    Ok(())
}
