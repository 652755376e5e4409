//! `send-code`: mails a code that signs in, or that proves the customer freshly before a deletion.

use std::net::Ipv4Addr;

use serde_json::json;
use shared::{
    domain::shop::ShopSlug,
    store::{read::Wanted, shops},
};
use tests::{Outcome, Shop};

#[tokio::test]
async fn a_code_has_six_digits_and_comes_in_the_customers_language() -> Outcome {
    let shop = Shop::open().await?;
    let (_, code) = shop.challenge("ada@example.com", "sign-in").await?;
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()));
    let mail = &shop.mails("ada@example.com").await?[0];
    assert_eq!(
        (mail.kind.as_str(), mail.to.as_str(), mail.headers["Auto-Submitted"].as_str()),
        ("sign-in-code", "ada@example.com", "auto-generated")
    );
    assert_eq!(mail.headers["From"], "Demo store <accounts@shop.example>");
    Ok(())
}

#[tokio::test]
async fn one_address_gets_a_mail_a_minute_five_an_hour_and_ten_a_day() -> Outcome {
    let shop = Shop::open().await?;
    let mut networks = 0;
    let mut send = async || {
        networks += 1;
        let answer =
            shop.ask("send-code").from(Ipv4Addr::from_bits(0x0A00_0000 + networks)).json(&json!({"email": "ada@example.com"})).send().await;
        assert!(shop.mails("ada@example.com").await.is_ok(), "what was sent is delivered");
        answer
    };
    assert_eq!(send().await.status, 202);
    let soon = send().await;
    assert_eq!((soon.status, soon.headers["retry-after"].as_str()), (429, "60"));
    for _ in 1..5 {
        shop.wait(60);
        assert_eq!(send().await.status, 202);
    }
    shop.wait(60);
    let sixth = send().await;
    assert_eq!((sixth.status, sixth.headers["retry-after"].as_str()), (429, "3300"), "an hour after the first");
    shop.wait(3_300);
    for _ in 5..10 {
        assert_eq!(send().await.status, 202);
        shop.wait(3_600);
    }
    let eleventh = send().await;
    assert_eq!(eleventh.status, 429);
    let wait: u64 = eleventh.headers["retry-after"].parse()?;
    shop.wait(wait - 1);
    assert_eq!(send().await.status, 429);
    shop.wait(1);
    assert_eq!(send().await.status, 202);
    assert_eq!(shop.mails("ada@example.com").await?.len(), 11);
    Ok(())
}

#[tokio::test]
async fn limits_come_at_the_same_request_for_known_unknown_and_blocked_addresses() -> Outcome {
    let shop = Shop::open().await?;
    shop.customer("known@example.com").await?;
    shop.customer("blocked@example.com").await?;
    shop.block_email("blocked@example.com").await?;
    shop.wait_a_day();
    let mut statuses = Vec::new();
    for (number, email) in ["known@example.com", "unknown@example.com", "blocked@example.com"].into_iter().enumerate() {
        let mut of_address = Vec::new();
        for attempt in 0..12_u8 {
            let network = [10, u8::try_from(number)?, 0, attempt];
            let answer = shop.ask("send-code").from(network).json(&json!({"email": email})).send().await;
            of_address.push((answer.status, answer.headers.get("retry-after").cloned()));
            shop.wait(45);
        }
        statuses.push(of_address);
        shop.wait_a_day();
    }
    assert_eq!(statuses[0], statuses[1]);
    assert_eq!(statuses[0], statuses[2]);
    Ok(())
}

#[tokio::test]
async fn one_network_causes_ten_mails_in_ten_minutes_whatever_its_headers_say() -> Outcome {
    let shop = Shop::open().await?;
    let send = |number: u8| {
        let claimed = format!("203.0.113.{number}");
        let request = shop.ask("send-code").from([198, 51, 100, 7]).json(&json!({"email": format!("new{number}@example.com")}));
        request.header("x-forwarded-for", &claimed).header("forwarded", &format!("for={claimed}")).header("x-real-ip", &claimed).send()
    };
    for number in 0..10 {
        assert_eq!(send(number).await.status, 202);
    }
    let over = send(10).await;
    assert_eq!((over.status, over.headers["retry-after"].as_str()), (429, "600"));
    shop.wait(600);
    assert_eq!(send(10).await.status, 202);
    Ok(())
}

#[tokio::test]
async fn what_a_limit_refuses_spends_no_other() -> Outcome {
    let shop = Shop::open().await?;
    for number in 0..10 {
        shop.post("send-code", json!({"email": format!("new{number}@example.com")})).await;
    }
    assert_eq!(shop.post("send-code", json!({"email": "ada@example.com"})).await.status, 429);
    let elsewhere = shop.ask("send-code").from([198, 51, 100, 1]).json(&json!({"email": "ada@example.com"})).send().await;
    assert_eq!(elsewhere.status, 202, "the network's limit left the address's alone");
    Ok(())
}

#[tokio::test]
async fn an_ipv6_customer_is_one_network() -> Outcome {
    let shop = Shop::open().await?;
    let send = |number: u16, network: u16| {
        let client = std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, network, 0, 0, 0, number);
        shop.ask("send-code").from(client).json(&json!({"email": format!("new{number}@example.com")})).send()
    };
    for number in 0..10 {
        assert_eq!(send(number, 1).await.status, 202);
    }
    assert_eq!((send(10, 1).await.status, send(11, 2).await.status), (429, 202));
    Ok(())
}

#[tokio::test]
async fn a_known_device_gets_its_code_when_strangers_have_spent_the_address() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    for network in 0..5_u8 {
        shop.wait(60);
        shop.ask("send-code").from([10, 0, 0, network]).json(&json!({"email": ada.email})).send().await;
    }
    assert_eq!(shop.ask("send-code").from([10, 0, 1, 1]).json(&json!({"email": ada.email})).send().await.status, 429);

    let device = ada.session.text("/device_token");
    let sent = shop.post("send-code", json!({"email": ada.email, "device_token": device})).await;
    assert_eq!(sent.status, 202);
    let code = shop.code(&ada.email).await?;
    assert_eq!(shop.post("verify-code", json!({"challenge_id": sent.text("/challenge_id"), "code": code})).await.status, 200);

    let elsewhere = shop.post("send-code", json!({"email": "eve@example.com", "device_token": device})).await;
    assert_eq!(elsewhere.status, 202, "at another address it is a stranger's, not an error");
    assert_eq!(shop.post("send-code", json!({"email": "eve@example.com", "device_token": device})).await.status, 429);
    Ok(())
}

#[tokio::test]
async fn a_strangers_request_leaves_a_known_devices_code_good() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let sent = shop.post("send-code", json!({"email": ada.email, "device_token": ada.session.text("/device_token")})).await;
    let code = shop.code(&ada.email).await?;
    assert_eq!(shop.ask("send-code").from([10, 0, 0, 1]).json(&json!({"email": ada.email})).send().await.status, 202);
    assert_eq!(shop.post("verify-code", json!({"challenge_id": sent.text("/challenge_id"), "code": code})).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn refreshing_makes_no_fresh_limits() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let mut session = ada.session.clone();
    let mut sent = 0;
    for _ in 0..20 {
        let answer = shop.post("send-code", json!({"email": ada.email, "device_token": session.text("/device_token")})).await;
        sent += usize::from(answer.status == 202);
        session = shop.post("refresh-session", json!({"refresh_token": session.text("/refresh_token")})).await;
        shop.wait(61);
    }
    assert_eq!(sent, 5, "all of an address's devices share its limit");
    Ok(())
}

#[tokio::test]
async fn a_shops_mails_end_at_its_budget_and_a_fifth_is_kept_for_known_devices() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let slug = ShopSlug::parse("demo")?;
    let mut settings = Wanted::in_shop(slug.clone()).read(&shop.context.table, shop.clock.now()).await?.shop.ok_or("there is a shop")?;
    settings.mails_per_hour = 10;
    shops::put(&shop.context.table, &slug, &settings).await?;

    let mut sent = 0;
    for number in 0..50_u8 {
        let answer =
            shop.ask("send-code").from([10, 0, 0, number]).json(&json!({"email": format!("new{number}@example.com")})).send().await;
        sent += usize::from(answer.status == 202);
    }
    assert_eq!(sent, 8);
    let device = ada.session.text("/device_token");
    assert_eq!(shop.post("send-code", json!({"email": ada.email, "device_token": device})).await.status, 202);
    shop.wait(3_600);
    assert_eq!(shop.post("send-code", json!({"email": "late@example.com"})).await.status, 202);
    Ok(())
}

#[tokio::test]
async fn codes_grow_while_an_address_is_guessed_at_and_a_right_one_ends_the_row() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let mut networks = 0_u32;
    let mut lengths = Vec::new();
    for _ in 0..7 {
        shop.wait(3_000);
        let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
        lengths.push(code.len());
        for _ in 0..5 {
            networks += 1;
            let wrong = if code.starts_with('0') { "1".repeat(6) } else { "0".repeat(6) };
            let request = shop.ask("verify-code").from(Ipv4Addr::from_bits(0x0A00_0000 + networks));
            assert_eq!(request.json(&json!({"challenge_id": challenge, "code": wrong})).send().await.status, 401);
        }
    }
    assert_eq!(lengths, [6, 6, 6, 8, 8, 10, 10]);

    shop.wait(3_000);
    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
    let spaced = format!("{}-{}", code[..5].to_uppercase(), &code[5..]);
    assert_eq!(shop.post("verify-code", json!({"challenge_id": challenge, "code": spaced})).await.status, 200);
    shop.wait(3_000);
    assert_eq!(shop.challenge(&ada.email, "sign-in").await?.1.len(), 8, "the row has ended, the day has not");
    shop.wait_a_day();
    assert_eq!(shop.challenge(&ada.email, "sign-in").await?.1.len(), 6);
    Ok(())
}
