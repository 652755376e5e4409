//! What no honest client sends: refused with a 4xx, before anything is counted, hashed or mailed.

use serde_json::{Value, json};
use tests::{Answer, Outcome, Shop};

/// The operations that take an address, with a body that is right but for the address.
fn operations(email: &Value) -> [(&'static str, Value); 4] {
    [
        ("create-account", json!({"email": email, "password": "a fine password"})),
        ("login", json!({"email": email, "password": "a fine password"})),
        ("send-code", json!({"email": email})),
        ("forgot-password", json!({"email": email})),
    ]
}

/// Every operation that takes a body, with one that is right as far as its form goes.
pub(crate) fn bodies(shop: &Shop, access_token: &str) -> Vec<(&'static str, Option<String>, Value)> {
    let challenge = "ajevmrmbkngumdnoozabj43xswdnu7tss6b62kep2cuoqhmdmv4gc3lqnrss4y3pnu";
    vec![
        ("create-account", None, json!({"email": "new@example.com", "password": "a fine password"})),
        ("login", None, json!({"email": "ada@example.com", "password": "a password of her own"})),
        ("send-code", None, json!({"email": "new@example.com"})),
        ("verify-code", None, json!({"challenge_id": challenge, "code": "123456"})),
        ("forgot-password", None, json!({"email": "ada@example.com"})),
        ("reset-password", None, json!({"token": "x", "password": "a fine password"})),
        ("refresh-session", None, json!({"refresh_token": "x"})),
        ("logout", Some(access_token.to_owned()), json!({"everywhere": true})),
        ("update-account", Some(access_token.to_owned()), json!({"name": "Countess"})),
        (
            "change-password",
            Some(access_token.to_owned()),
            json!({"current_password": "a password of her own", "new_password": "a fine password"}),
        ),
        (
            "change-email",
            Some(access_token.to_owned()),
            json!({"challenge_id": challenge, "code": "123456", "new_email": "new@example.com"}),
        ),
        ("delete-account", Some(access_token.to_owned()), json!({"mode": "erase"})),
        (
            "record-order",
            Some(shop.owner_key.clone()),
            json!({"email": "new@example.com", "reference": "R-1042", "total": 4990, "currency": "EUR",
                "placed_at": "2025-03-14T18:04:00Z", "signed_in": false}),
        ),
        ("admin/list-orders", Some(shop.owner_key.clone()), json!({"email": "new@example.com"})),
        (
            "admin/delete-account",
            Some(shop.owner_key.clone()),
            json!({"account_id": "acc_aaaaaaaaaaaaaaaaaaaaaaaaaa", "mode": "close", "note": "Asked for by phone."}),
        ),
        ("block-check", Some(shop.owner_key.clone()), json!({"email": "ada@example.com", "scope": "checkout"})),
        ("find-accounts", Some(shop.owner_key.clone()), json!({"email": "ada@example.com"})),
        (
            "annotate-account",
            Some(shop.owner_key.clone()),
            json!({"account_id": "acc_aaaaaaaaaaaaaaaaaaaaaaaaaa", "note": "Call after six."}),
        ),
        (
            "hold-account",
            Some(shop.owner_key.clone()),
            json!({"account_id": "acc_aaaaaaaaaaaaaaaaaaaaaaaaaa", "kind": "legal", "action": "set", "note": "Books."}),
        ),
        ("allow-mail", Some(shop.owner_key.clone()), json!({"email": "ada@example.com", "note": "Her mailbox works."})),
        (
            "create-block",
            Some(shop.owner_key.clone()),
            json!({"type": "email", "value": "eve@example.com", "reason_code": "fraud", "note": "Three stolen cards."}),
        ),
        ("lift-block", Some(shop.owner_key.clone()), json!({"block_id": "blk_aaaaaaaaaaaaaaaa", "note": "A mistake."})),
        ("find-blocks", Some(shop.owner_key.clone()), json!({"type": "email", "value": "eve@example.com"})),
        ("invite-accounts", Some(shop.owner_key.clone()), json!({"audience": "all"})),
        ("cancel-invites", Some(shop.owner_key.clone()), json!({"campaign_id": "cmp_aaaaaaaaaaaaaaaa"})),
        ("create-key", Some(shop.owner_key.clone()), json!({"role": "checkout", "label": "Till"})),
        ("import-accounts", Some(shop.owner_key.clone()), json!({"dry_run": true, "rows": [{"email": "ada@example.com"}]})),
        ("preview-mail", Some(shop.owner_key.clone()), json!({"kind": "sign-in-code", "language": "en"})),
        ("configure-store", Some(shop.owner_key.clone()), json!({"revision": 0, "sign_up_open": false})),
        ("revoke-key", Some(shop.owner_key.clone()), json!({"key_id": "key_aaaaaaaaaaaaaaaa"})),
    ]
}

/// Sends these bytes to an operation and makes sure that nothing has come of it.
async fn refused(shop: &Shop, operation: &str, token: Option<&str>, content_type: &str, body: &[u8]) -> Result<Answer, tests::Failure> {
    let before = shop.table().await?.0;
    shop.round_trips.reset();
    let mut request = shop.ask(operation).raw(content_type, body);
    if let Some(token) = token {
        request = request.bearer(token);
    }
    let answer = request.send().await;
    let shown = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
    assert!((400..500).contains(&answer.status), "{operation} {shown}: {answer:?}");
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    // Staff are told what is wrong with a body only once the table has their key; nobody else's body is worth a read.
    let for_key = usize::from(token.is_some_and(|token| token.starts_with("vsk_")));
    assert_eq!(shop.round_trips.calls(), for_key, "{operation} {shown}: the table was asked, so the operation has begun");
    assert_eq!(shop.table().await?.0, before, "{operation} {shown}: nothing has changed");
    Ok(answer)
}

#[tokio::test]
async fn what_is_no_plain_address_is_refused_wherever_one_is_taken() -> Outcome {
    let shop = Shop::open().await?;
    let long_local = format!("{}@example.com", "a".repeat(65));
    let long = format!("a@{}.example.com", vec!["a".repeat(60); 5].join("."));
    for email in [
        // Characters that look like others, or become them.
        "ad\u{131}@example.com",
        "ada@\u{212a}elvin.example",
        "\u{212a}elvin@example.com",
        "ada@\u{1d41e}xample.com",
        "\u{430}da@example.com",
        "ada\u{37e}@example.com",
        "ada@example.com\u{37e}bob@example.com",
        "ada\u{ff20}eve@example.com",
        "ada@exam\u{3164}ple.com",
        "ada@example.c\u{43e}\u{202e}m",
        "ada@\u{fb01}ne.example",
        // More than one recipient, or another than it looks.
        "<a@evil.example>v@shop.example",
        "v@shop.example<a@evil.example>",
        "Ada <ada@example.com>",
        "ada@example.com,eve@evil.example",
        "ada@example.com;eve@evil.example",
        "ada@example.com eve@evil.example",
        "ada,eve@example.com",
        "ada@evil.example@example.com",
        "@evil.example:ada@example.com",
        "ada%evil.example@example.com",
        "evil.example!ada@example.com",
        "=?utf-8?q?ada=40evil.example=3e?=@example.com",
        "\"ada\"@example.com",
        "\"ada@evil.example\"@example.com",
        "ada(comment)@example.com",
        "ada@example.com(comment)",
        "ada\\@evil.example@example.com",
        "[ada]@example.com",
        // Ends of lines, and other control characters.
        "ada@example.com\r\nBcc: eve@evil.example",
        "ada\r\nBcc:eve@evil.example",
        "ada@example.com\u{0}",
        "ada\u{0}@example.com",
        "ada\u{7f}@example.com",
        "ada@example.com\u{2028}eve@evil.example",
        "ada@exam ple.com",
        "ad a@example.com",
        // Not a name that mail can go to.
        "ada@127.0.0.1",
        "ada@[127.0.0.1]",
        "ada@[IPv6:::1]",
        "ada@2130706433",
        "ada@localhost",
        "ada@example.com..",
        "ada@.example.com",
        "ada@example..com",
        "ada@-example.com",
        "ada@exa_mple.com",
        "ada@example.com:25",
        "ada@example.com/x",
        "ada@example.123",
        "ada@a.b.c.d.e.f.g.h.i.j.example.com",
        "ada@xn--zz.example",
        // Not complete, or not a dot-atom.
        "",
        "@",
        "ada",
        "ada@",
        "@example.com",
        ".ada@example.com",
        "ada.@example.com",
        "a..da@example.com",
        &long_local,
        &long,
    ] {
        for (operation, body) in operations(&json!(email)) {
            let answer = refused(&shop, operation, None, "application/json", body.to_string().as_bytes()).await?;
            assert_eq!(answer.refusal(), (422, "invalid_field".to_owned()), "{operation} {email:?}");
            assert_eq!(answer.invalid_field().0, "email", "{operation} {email:?}");
            assert!(email.len() < 3 || !answer.body.to_string().contains(email), "an answer repeats nothing");
        }
    }
    assert!(shop.every_mail().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_is_no_text_is_no_address() -> Outcome {
    let shop = Shop::open().await?;
    for email in [
        json!(["ada@example.com"]),
        json!(["ada@example.com", "eve@evil.example"]),
        json!({"address": "ada@example.com"}),
        json!(7),
        json!(true),
        Value::Null,
    ] {
        for (operation, body) in operations(&email) {
            let answer = refused(&shop, operation, None, "application/json", body.to_string().as_bytes()).await?;
            assert_eq!(
                (answer.status, answer.invalid_field()),
                (422, ("email".to_owned(), "wrong_type".to_owned())),
                "{operation} {email}"
            );
        }
    }
    assert!(shop.every_mail().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn an_unusual_address_that_mail_can_go_to_is_taken_and_stays_what_it_is() -> Outcome {
    let shop = Shop::open().await?;
    for (typed, stored) in [
        ("O'Neil+shop_{x}|~@Example.co.uk", "o'neil+shop_{x}|~@example.co.uk"),
        ("a.d.a@xn--mller-kva.example", "a.d.a@xn--mller-kva.example"),
        ("ada@M\u{dc}LLER.example", "ada@xn--mller-kva.example"),
        ("1@2.example", "1@2.example"),
        (&format!("{}@example.com", "A".repeat(64)), &format!("{}@example.com", "a".repeat(64))),
    ] {
        assert_eq!(shop.post("send-code", json!({"email": typed})).await.status, 202, "{typed}");
        assert_eq!(shop.mail_kinds(stored).await?, ["sign-in-code"], "{typed}");
    }
    Ok(())
}

#[tokio::test]
async fn a_body_has_sixteen_kibibytes_at_most() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let padded = |body: &Value, length: usize| {
        let text = body.to_string();
        format!("{text}{}", " ".repeat(length - text.len())).into_bytes()
    };
    // An import may have more, and its own test.
    for (operation, token, body) in bodies(&shop, &ada.access_token()).into_iter().filter(|(operation, ..)| *operation != "import-accounts")
    {
        for length in [16 * 1024 + 1, 1024 * 1024] {
            let answer = refused(&shop, operation, token.as_deref(), "application/json", &padded(&body, length)).await?;
            assert_eq!(answer.refusal(), (413, "too_large".to_owned()), "{operation}");
        }
    }
    let full = shop.ask("send-code").raw("application/json", &padded(&json!({"email": "new@example.com"}), 16 * 1024)).send().await;
    assert_eq!(full.status, 202);
    Ok(())
}

#[tokio::test]
async fn a_body_is_announced_as_json_or_refused() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for (operation, token, body) in bodies(&shop, &ada.access_token()) {
        for content_type in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/jsonp",
            "text/json",
            "application/octet-stream",
            "",
        ] {
            let answer = refused(&shop, operation, token.as_deref(), content_type, body.to_string().as_bytes()).await?;
            assert_eq!(answer.refusal(), (415, "unsupported_media_type".to_owned()), "{operation} {content_type}");
        }
    }
    // Without a content type at all, API Gateway hands a body over in base64.
    let bare = shop.ask("send-code").json(&json!({"email": "new@example.com"})).without("content-type").send().await;
    assert_eq!(bare.refusal(), (415, "unsupported_media_type".to_owned()));
    assert!(shop.mails("new@example.com").await?.is_empty());
    for content_type in ["application/json; charset=utf-8", "Application/JSON", "application/json;charset=\"utf-8\""] {
        shop.wait(60);
        let body = json!({"email": "new@example.com"}).to_string();
        let request = shop.ask("send-code").from(shop.another_network()).raw(content_type, body.as_bytes());
        assert_eq!(request.send().await.status, 202, "{content_type}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_not_json_is_malformed() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for (operation, token, body) in bodies(&shop, &ada.access_token()) {
        let right = body.to_string();
        let cut = &right[..right.len() - 1];
        let texts = [
            cut.to_owned(),
            format!("{right}{right}"),
            format!("{right},"),
            format!("\u{feff}\u{feff}{right}"),
            format!("// {right}"),
            right.replace('"', "'"),
            format!("{cut},}}"),
            "nonsense".to_owned(),
            "email=ada%40example.com".to_owned(),
        ];
        let with_broken_utf8 = [&right.as_bytes()[..right.len() - 2], b"\xff\xfe\"}"].concat();
        for bytes in texts.map(String::into_bytes).into_iter().chain([with_broken_utf8]) {
            let answer = refused(&shop, operation, token.as_deref(), "application/json", &bytes).await?;
            let shown = String::from_utf8_lossy(&bytes).into_owned();
            assert!(matches!(answer.refusal().0, 400 | 422), "{operation} {shown}: {answer:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for (operation, token, body) in bodies(&shop, &ada.access_token()) {
        for other in [json!([]), json!([body.clone()]), json!("text"), json!(1), json!(true), Value::Null] {
            let answer = refused(&shop, operation, token.as_deref(), "application/json", other.to_string().as_bytes()).await?;
            assert!(matches!(answer.status, 400 | 422), "{operation} {other}");
        }
    }
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 1);
    Ok(())
}

#[tokio::test]
async fn the_fields_of_a_body_in_an_array_are_no_body() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for (operation, body) in [
        ("login", json!([ada.email, ada.password, null])),
        ("send-code", json!(["new@example.com", "sign-in", null])),
        ("forgot-password", json!([ada.email, null])),
        ("create-account", json!(["new@example.com", "a fine password", null, null, null])),
        ("refresh-session", json!([ada.refresh_token()])),
    ] {
        let answer = shop.post(operation, body).await;
        assert!(matches!(answer.status, 400 | 422), "{operation}: {answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_inside_a_body_is_taken_no_more_loosely() -> Outcome {
    let shop = Shop::open().await?;
    for (operation, body, field, code) in [
        ("preview-mail", r#"{"kind": "invite", "language": "en", "draft": ["A subject", "A body"]}"#, "draft", "wrong_type"),
        ("configure-store", r#"{"revision": 1, "urls": ["https://shop.example/"]}"#, "urls", "wrong_type"),
        ("configure-store", r#"{"revision": 1, "mail_templates": {"invite": null, "invite": null}}"#, "mail_templates", "duplicate"),
        ("configure-store", r#"{"revision": 1, "mail_templates": {"ada@example.com": 5}}"#, "mail_templates", "unknown_mail"),
        (
            "configure-store",
            r#"{"revision": 1, "mail_templates": {"invite": {"en": ["A subject"]}}}"#,
            "mail_templates.invite.en",
            "wrong_type",
        ),
        ("invite-accounts", r#"{"audience": "all", "announcement": ["We have moved"]}"#, "announcement", "wrong_type"),
        ("invite-accounts", r#"{"audience": "all", "announcement": {"en": null}}"#, "announcement.en", "wrong_type"),
        ("invite-accounts", r#"{"audience": "all", "announcement": {"en": "One", "en": "Two"}}"#, "announcement", "duplicate"),
    ] {
        let answer = shop.ask(operation).bearer(&shop.owner_key).raw("application/json", body.as_bytes()).send().await;
        assert_eq!(answer.refusal(), (422, "invalid_field".to_owned()), "{body}");
        assert_eq!(answer.invalid_field(), (field.to_owned(), code.to_owned()), "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn a_field_that_comes_twice_is_refused() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for (operation, token, body) in bodies(&shop, &ada.access_token()) {
        for (name, value) in body.as_object().into_iter().flatten() {
            let right = body.to_string();
            // A name in escapes is the same name.
            let escaped = format!("\\u{:04x}{}", name.as_bytes()[0], &name[1..]);
            for second in [name.clone(), escaped] {
                let twice = format!("{},\"{second}\":{value}}}", &right[..right.len() - 1]);
                let answer = refused(&shop, operation, token.as_deref(), "application/json", twice.as_bytes()).await?;
                assert_eq!(answer.refusal(), (422, "invalid_field".to_owned()), "{operation} {twice}");
                assert_eq!(answer.invalid_field(), (name.clone(), "duplicate".to_owned()), "{operation} {twice}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn nobody_gives_themselves_what_only_the_shop_decides() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for (operation, token, body) in bodies(&shop, &ada.access_token()) {
        for (name, value) in [
            ("role", json!("owner")),
            ("status", json!("active")),
            ("verified", json!(true)),
            ("email_verified", json!(true)),
            ("epoch", json!(0)),
            ("id", json!("acc_aaaaaaaaaaaaaaaaaaaaaaaaaa")),
            ("account_id", json!("acc_aaaaaaaaaaaaaaaaaaaaaaaaaa")),
            ("is_new", json!(false)),
            ("password_hash", json!("$argon2id$v=19$m=8,t=1,p=1$YWFhYWFhYWE$YWFhYWFhYWE")),
            ("auth_time", json!(4_102_444_800_u64)),
            ("attempts", json!(0)),
            ("store", json!("other")),
            ("shop", json!("other")),
            ("genuine", json!(true)),
            ("holds", json!([])),
            ("blocks", json!([])),
            ("sessions", json!({})),
            ("pk", json!("S#demo")),
            ("__proto__", json!({"role": "owner"})),
            ("Email", json!("eve@evil.example")),
            ("", json!("")),
        ] {
            // Merchants name the account that they mean, and make keys of a role.
            let naming = [
                "block-check",
                "annotate-account",
                "hold-account",
                "allow-mail",
                "record-order",
                "admin/list-orders",
                "admin/delete-account",
            ];
            if (naming.contains(&operation) && name == "account_id") || (operation, name) == ("create-key", "role") {
                continue;
            }
            let mut with_more = body.clone();
            with_more[name] = value;
            let answer = refused(&shop, operation, token.as_deref(), "application/json", with_more.to_string().as_bytes()).await?;
            assert_eq!(answer.refusal(), (422, "invalid_field".to_owned()), "{operation} {name}");
            assert_eq!(answer.invalid_field(), (String::new(), "unknown_field".to_owned()), "{operation} {name}");
        }
    }
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 1);
    Ok(())
}

#[tokio::test]
async fn fields_of_wrong_types_are_refused() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for (operation, token, body) in bodies(&shop, &ada.access_token()) {
        for name in body.as_object().into_iter().flat_map(serde_json::Map::keys) {
            for wrong in [json!(1), json!(-1.5), json!(1e300), json!([]), json!({}), json!([[[]]]), json!({"$ne": null}), json!({"S": "x"})]
            {
                // A row that is no row is refused by itself, a revision is a number, and an order may come to one cent.
                if (name == "rows" && wrong == json!([[[]]])) || (["revision", "total"].contains(&name.as_str()) && wrong == 1) {
                    continue;
                }
                let mut body = body.clone();
                body[name] = wrong;
                let answer = refused(&shop, operation, token.as_deref(), "application/json", body.to_string().as_bytes()).await?;
                assert!(matches!(answer.status, 400 | 422), "{operation} {body}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn depth_lone_surrogates_and_nul_are_refused() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(1_500), close.repeat(1_500));
    for (operation, token, body) in bodies(&shop, &ada.access_token()) {
        let name = body.as_object().and_then(|fields| fields.keys().next()).cloned().unwrap_or_default();
        for value in [
            deep("[", "]"),
            deep("{\"a\":", "}"),
            r#""\ud800""#.to_owned(),
            r#""\udc00\ud800""#.to_owned(),
            r#""ada\u0000@example.com""#.to_owned(),
            r#""\u0000""#.to_owned(),
            "\"ada\u{0}@example.com\"".to_owned(),
            "1e999".to_owned(),
            "NaN".to_owned(),
            "-".to_owned(),
        ] {
            let mut fields: Vec<String> = vec![format!("\"{name}\":{value}")];
            fields.extend(body.as_object().into_iter().flatten().skip(1).map(|(name, value)| format!("\"{name}\":{value}")));
            let body = format!("{{{}}}", fields.join(","));
            let status = refused(&shop, operation, token.as_deref(), "application/json", body.as_bytes()).await?.status;
            assert!(matches!(status, 400 | 401 | 422), "{operation} {value}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn another_method_or_another_path_is_not_there() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for (operation, token, body) in bodies(&shop, &ada.access_token()) {
        let own = if operation == "update-account" { "PATCH" } else { "POST" };
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "TRACE", "post"].into_iter().filter(|method| *method != own) {
            let request = shop.ask(operation).by(method).bearer(token.as_deref().unwrap_or_default()).json(&body);
            assert_eq!(request.send().await.status, 404, "{method} {operation}");
        }
        for store in ["demo/demo", "", "demo/"] {
            assert_eq!(shop.ask(operation).at(store).json(&body).send().await.status, 404, "{operation} at {store:?}");
        }
    }
    assert_eq!(shop.ask("jwks").by("POST").send().await.status, 404);
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 1);
    Ok(())
}

#[tokio::test]
async fn no_header_brings_a_function_down() -> Outcome {
    let shop = Shop::open().await?;
    for (name, value) in [
        ("x-forwarded-for", "nobody"),
        ("content-length", "-1"),
        ("cookie", "\u{e9}=\u{e9}"),
        ("x-forwarded-proto", "javascript"),
        ("x-forwarded-proto", "a b"),
        ("x-forwarded-proto", ""),
        ("host", "a b"),
        ("host", "["),
        ("host", "evil.example:port"),
        ("host", ""),
    ] {
        shop.wait(900);
        let request = shop.ask("login").json(&json!({"email": "ada@example.com", "password": "a fine password"}));
        assert_eq!(request.header(name, value).send().await.status, 401, "{name}: {value:?}");
    }
    Ok(())
}

#[tokio::test]
async fn no_query_brings_a_function_down() -> Outcome {
    let shop = Shop::open().await?;
    for query in ["a=b", "a=1&a=2", "%", "%zz", "[", "\\", "\"", "{}|^`", "<script>", "a b", "\u{e9}", "#"] {
        shop.wait(900);
        let request = shop.ask("login").json(&json!({"email": "ada@example.com", "password": "a fine password"}));
        assert_eq!(request.query(query).send().await.status, 401, "{query:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_store_that_is_not_there_is_told_from_nothing_else_and_mails_nobody() -> Outcome {
    let shop = Shop::open().await?;
    for store in ["nowhere", "NOWHERE", "demo%2f", "d\u{e9}mo", "demo#", &"x".repeat(41)] {
        for (operation, body) in operations(&json!("ada@example.com")) {
            let answer = shop.ask(operation).at(store).json(&body).send().await;
            assert_eq!(answer.refusal(), (404, "unknown_store".to_owned()), "{operation} at {store}");
        }
    }
    let (challenge, code) = shop.challenge("ada@example.com", "sign-in").await?;
    let answer = shop.ask("verify-code").at("nowhere").json(&json!({"challenge_id": challenge, "code": code})).send().await;
    assert_eq!(answer.refusal(), (404, "unknown_store".to_owned()));
    let answer = shop
        .ask("block-check")
        .at("nowhere")
        .bearer(&shop.owner_key)
        .json(&json!({"email": "ada@example.com", "scope": "checkout"}))
        .send()
        .await;
    assert_eq!(answer.refusal(), (404, "unknown_store".to_owned()));
    assert_eq!(shop.every_mail().await?.len(), 1, "the one of this shop");
    Ok(())
}
