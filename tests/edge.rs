//! CloudFront in front of the API: whose word is taken for where a request comes from.

use serde_json::json;
use tests::{Answer, Outcome, Request, Shop};

const SECRET: &str = "an edge secret of the first round";
const NEXT_SECRET: &str = "an edge secret of the second round";
/// Of both, by `printf %s … | sha256sum`.
const DIGEST: &str = "ca3eab9cefc5db5c6b309791eb69f175a31f0675c8a1a958eb48f94146ea67a6";
const NEXT_DIGEST: &str = "9c7ee35e535c751de01b81eeb2b9df2c82bff1906a9074a9f0d31e27b1168431";

/// One of CloudFront's own addresses: those of all customers look like this.
const CLOUDFRONT: [u8; 4] = [203, 0, 113, 7];
/// How many mails a network may have in ten minutes.
const SENDS: usize = 10;

async fn behind_cloudfront() -> Result<Shop, tests::Failure> {
    let mut shop = Shop::open().await?;
    shop.stand_behind_an_edge(DIGEST)?;
    Ok(shop)
}

/// A request as CloudFront hands it on.
fn through_cloudfront<'a>(shop: &'a Shop, operation: &str, secret: &str, viewer: &str) -> Request<'a> {
    shop.ask(operation).from(CLOUDFRONT).header("x-vestibule-edge", secret).header("x-vestibule-viewer", viewer)
}

async fn ask_for_a_code(request: Request<'_>, number: usize) -> Answer {
    request.json(&json!({"email": format!("customer-{number}@example.com")})).send().await
}

#[tokio::test]
async fn behind_cloudfront_limits_count_for_the_viewer_and_not_for_cloudfront() -> Outcome {
    let shop = behind_cloudfront().await?;
    for number in 0..SENDS {
        assert_eq!(ask_for_a_code(through_cloudfront(&shop, "send-code", SECRET, "198.51.100.1"), number).await.status, 202);
    }
    assert_eq!(ask_for_a_code(through_cloudfront(&shop, "send-code", SECRET, "198.51.100.1"), 50).await.status, 429);
    for (number, viewer) in ["198.51.100.2", "2001:db8::1", "2001:db8:0:1::1"].into_iter().enumerate() {
        assert_eq!(ask_for_a_code(through_cloudfront(&shop, "send-code", SECRET, viewer), 100 + number).await.status, 202, "{viewer}");
    }
    Ok(())
}

#[tokio::test]
async fn behind_cloudfront_the_record_and_the_blocks_are_of_the_viewers_address() -> Outcome {
    let mut shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.stand_behind_an_edge(DIGEST)?;
    let block = json!({"type": "ip", "value": "198.51.100.9", "reason_code": "abuse", "note": "Guessed passwords.", "scopes": ["sign-in"]});
    let blocked = through_cloudfront(&shop, "create-block", SECRET, "198.51.100.1").bearer(&shop.owner_key).json(&block).send().await;
    assert_eq!(blocked.status, 201);
    for (viewer, status) in [("198.51.100.9", 403), ("198.51.100.1", 200)] {
        let credentials = json!({"email": ada.email, "password": ada.password});
        let answer = through_cloudfront(&shop, "login", SECRET, viewer).json(&credentials).send().await;
        assert_eq!(answer.status, status, "{viewer}");
    }
    Ok(())
}

#[tokio::test]
async fn what_has_not_come_through_cloudfront_finds_nothing_here() -> Outcome {
    let shop = behind_cloudfront().await?;
    let twice = format!("{SECRET},{SECRET}");
    for secret in [None, Some(""), Some(DIGEST), Some(NEXT_SECRET), Some(&SECRET[1..]), Some(&SECRET.to_uppercase()), Some(&twice)] {
        let request = shop.ask("send-code").from([198, 51, 100, 1]).header("x-vestibule-viewer", "198.51.100.2");
        let request = if let Some(secret) = secret { request.header("x-vestibule-edge", secret) } else { request };
        let answer = ask_for_a_code(request, 1).await;
        assert_eq!((answer.status, answer.text("/code").as_str()), (404, "unknown_store"), "{secret:?}");
    }
    for header in ["x-forwarded-for", "x-real-ip", "cloudfront-viewer-address", "true-client-ip", "via"] {
        let request = shop.ask("send-code").from([198, 51, 100, 1]).header(header, "198.51.100.2");
        assert_eq!(ask_for_a_code(request, 1).await.status, 404, "{header}");
    }
    let with_a_key = shop.ask("list-keys").bearer(&shop.owner_key).send().await;
    assert_eq!(with_a_key.status, 404, "not even a key gets in");
    assert!(shop.every_mail().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_viewer_whose_address_is_not_told_is_counted_for_nobody_and_refused() -> Outcome {
    let shop = behind_cloudfront().await?;
    for viewer in ["", "somewhere", "198.51.100.1:", "198.51.100.1,198.51.100.2", "198.51.100.0/24"] {
        assert_eq!(ask_for_a_code(through_cloudfront(&shop, "send-code", SECRET, viewer), 1).await.status, 503, "{viewer}");
    }
    let untold = shop.ask("send-code").from(CLOUDFRONT).header("x-vestibule-edge", SECRET);
    assert_eq!(ask_for_a_code(untold, 1).await.status, 503);
    assert!(shop.every_mail().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn one_secret_follows_another_without_a_refusal() -> Outcome {
    let mut shop = Shop::open().await?;
    for (number, (digests, first, next)) in
        [(DIGEST.to_owned(), 202, 404), (format!("{DIGEST},{NEXT_DIGEST}"), 202, 202), (NEXT_DIGEST.to_owned(), 404, 202)]
            .iter()
            .enumerate()
    {
        shop.stand_behind_an_edge(digests)?;
        for (at, (secret, status)) in [(SECRET, first), (NEXT_SECRET, next)].into_iter().enumerate() {
            let request = through_cloudfront(&shop, "send-code", secret, &format!("198.51.100.{number}"));
            assert_eq!(ask_for_a_code(request, 10 * number + at).await.status, *status, "{digests}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn digests_that_cannot_be_read_let_nobody_in() -> Outcome {
    let mut shop = Shop::open().await?;
    for digests in [SECRET, &DIGEST[1..], "none"] {
        shop.stand_behind_an_edge(digests)?;
        for secret in [SECRET, "", digests] {
            assert_eq!(ask_for_a_code(through_cloudfront(&shop, "send-code", secret, "198.51.100.1"), 1).await.status, 404, "{digests}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn without_cloudfront_no_header_has_a_say_in_where_a_request_comes_from() -> Outcome {
    let shop = Shop::open().await?;
    let from_the_same = |number: usize| {
        through_cloudfront(&shop, "send-code", SECRET, &format!("198.51.100.{number}"))
            .header("x-forwarded-for", &format!("192.0.2.{number}"))
    };
    for number in 0..SENDS {
        assert_eq!(ask_for_a_code(from_the_same(number), number).await.status, 202);
    }
    assert_eq!(ask_for_a_code(from_the_same(99), 99).await.status, 429);
    Ok(())
}
