//! JSON as clients really send it: numbers with a point, types with a suffix, a byte order mark.

use serde_json::{Value, json};
use tests::{Answer, Customer, Outcome, Shop};

async fn record(shop: &Shop, reference: &str, total: &str) -> Answer {
    let body = format!(
        r#"{{"email":"ada@example.com","reference":"{reference}","total":{total},"refunded":0.0,"currency":"EUR",
            "placed_at":"2025-03-14T18:04:00Z","signed_in":false}}"#
    );
    shop.ask("record-order").bearer(&shop.owner_key).raw("application/json", body.as_bytes()).send().await
}

async fn patch(shop: &Shop, ada: &Customer, content_type: &str, body: &Value) -> Answer {
    let body = body.to_string();
    shop.ask("update-account").bearer(&ada.access_token()).raw(content_type, body.as_bytes()).send().await
}

#[tokio::test]
async fn an_integer_is_one_however_it_is_written() -> Outcome {
    let shop = Shop::open().await?;
    for (number, (written, total)) in [
        ("4990", 4_990_u64),
        ("4990.0", 4_990),
        ("4990.00", 4_990),
        ("1e3", 1_000),
        ("4.99E3", 4_990),
        ("499000e-2", 4_990),
        ("0.0", 0),
        ("-0.0", 0),
        ("999999999999.0", 999_999_999_999),
    ]
    .into_iter()
    .enumerate()
    {
        let recorded = record(&shop, &format!("R-{number}"), written).await;
        assert_eq!((recorded.status, &recorded.body["total"]), (200, &json!(total)), "{written}: {recorded:?}");
    }
    for wrong in ["4990.5", "1e-1", "-1.0", "\"4990\"", "true", "1e400", "1e30"] {
        let refused = record(&shop, "R-wrong", wrong).await;
        assert!(matches!(refused.status, 400 | 422), "{wrong}: {refused:?}");
    }
    let too_large = record(&shop, "R-large", "1000000000000.0").await;
    assert_eq!(too_large.invalid_field(), ("total".to_owned(), "too_large".to_owned()));
    Ok(())
}

#[tokio::test]
async fn every_integer_of_staff_may_have_a_point() -> Outcome {
    let shop = Shop::open().await?;
    let configure =
        |body: &'static str| shop.ask("configure-store").bearer(&shop.owner_key).raw("application/json", body.as_bytes()).send();
    let settings =
        configure(r#"{"revision":0.0,"mails_per_hour":1e3,"code_minutes":5.0,"reset_link_minutes":6e1,"session_days":30.0}"#).await;
    assert_eq!(
        (settings.status, &settings.body["mails_per_hour"], &settings.body["code_minutes"], &settings.body["session_days"]),
        (200, &json!(1_000), &json!(5), &json!(30)),
        "{settings:?}"
    );
    let half = configure(r#"{"revision":1.0,"code_minutes":5.5}"#).await;
    assert_eq!(half.invalid_field(), ("code_minutes".to_owned(), "wrong_type".to_owned()));
    let invited = shop
        .ask("invite-accounts")
        .bearer(&shop.owner_key)
        .raw("application/json", br#"{"audience":"all","mails_per_hour":1e2,"reminder_days":[3.0,7.0]}"#)
        .send()
        .await;
    assert_eq!(invited.status, 202, "{invited:?}");
    let row = r#"{"email":"ada@example.com","password":{"format":"firebase","hash":"lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
        "salt":"42xEC+ixf3L2lw==","salt_separator":"Bw==","signer_key":"jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==","mem_cost":14.0,"rounds":8.0}}"#;
    let body = format!(r#"{{"dry_run":true,"rows":[{row}]}}"#);
    let imported = shop.ask("import-accounts").bearer(&shop.owner_key).raw("application/json", body.as_bytes()).send().await;
    assert_eq!((imported.status, &imported.body["created"]), (200, &json!(1)), "{imported:?}");
    Ok(())
}

#[tokio::test]
async fn a_patch_is_announced_by_its_own_type_or_as_json() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for (number, content_type) in [
        "application/merge-patch+json",
        "Application/Merge-Patch+JSON; charset=UTF-8",
        "application/json",
        "application/json; charset=\"utf-8\"",
        "application/vnd.shop+json",
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("Ada {number}");
        let patched = patch(&shop, &ada, content_type, &json!({"name": name})).await;
        assert_eq!((patched.status, patched.text("/name")), (200, name), "{content_type}: {patched:?}");
    }
    for content_type in ["application/json-patch+json", "application/merge-patch+xml", "text/plain", "application/merge-patch"] {
        let refused = patch(&shop, &ada, content_type, &json!({"name": "Eve"})).await;
        assert_eq!(refused.refusal(), (415, "unsupported_media_type".to_owned()), "{content_type}");
    }
    let settings = json!({"revision": 0, "sign_up_open": false}).to_string();
    let set = shop.ask("configure-store").bearer(&shop.owner_key).raw("application/merge-patch+json", settings.as_bytes()).send().await;
    assert_eq!(set.status, 200, "{set:?}");
    Ok(())
}

#[tokio::test]
async fn a_body_is_in_utf_8_and_not_compressed_and_the_answer_says_so() -> Outcome {
    let shop = Shop::open().await?;
    let text = json!({"email": "ada@example.com"}).to_string();
    let sent = shop.ask("send-code").raw("application/json", format!("\u{feff}{text}").as_bytes()).send().await;
    assert_eq!(sent.status, 202, "a byte order mark says nothing: {sent:?}");

    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (content_type, bytes) in [
        ("application/json; charset=utf-16", little.clone()),
        ("application/json; charset=iso-8859-1", text.clone().into_bytes()),
        ("application/json; charset=\"windows-1252\"", text.clone().into_bytes()),
        ("application/json", [&[0xff, 0xfe][..], &little].concat()),
        ("application/json", [&[0xfe, 0xff][..], &big].concat()),
        ("application/json", little),
        ("application/json", big),
    ] {
        let refused = shop.ask("send-code").raw(content_type, &bytes).send().await;
        assert_eq!(refused.refusal(), (415, "unsupported_media_type".to_owned()), "{content_type}");
        assert!(refused.text("/detail").contains("UTF-8"), "{refused:?}");
    }
    // The magic number of gzip, as any client would send it.
    let gzip = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], text.as_bytes()].concat();
    for encoding in ["gzip", "GZIP", "br", "deflate", "gzip, identity"] {
        let request = shop.ask("send-code").raw("application/json", &gzip).header("content-encoding", encoding);
        let refused = request.send().await;
        assert_eq!(refused.refusal(), (415, "unsupported_media_type".to_owned()), "{encoding}");
        assert!(refused.text("/detail").contains("Content-Encoding"), "{refused:?}");
    }
    shop.wait(60);
    let plain = shop.ask("send-code").raw("application/json", text.as_bytes()).header("content-encoding", "identity").send().await;
    assert_eq!(plain.status, 202);
    assert_eq!(shop.mails("ada@example.com").await?.len(), 2);
    Ok(())
}
