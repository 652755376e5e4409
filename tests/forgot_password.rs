//! `forgot-password`: a link in the mailbox of whoever has an account.

use serde_json::json;
use shared::domain::policy::ResetLinkMinutes;
use tests::{Outcome, Shop};

#[tokio::test]
async fn a_customer_is_mailed_a_link_to_the_shops_own_page_and_nobody_else_is_mailed_anything() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.customer("blocked@example.com").await?;
    shop.block_email("blocked@example.com").await?;
    shop.wait(60);

    let answer = shop.post("forgot-password", json!({"email": "ADA@example.com"})).await;
    assert_eq!((answer.status, answer.body.clone()), (202, json!({"expires_in": 86_400, "resend_after": 60})));
    assert_eq!(shop.mail_kinds(&ada.email).await?[0], "reset-password");
    let page = shop.settings().await?.urls.reset_password.as_str().to_owned();
    let mail = &shop.mails(&ada.email).await?[0];
    let token = shop.link_token(&ada.email).await?;
    assert!(mail.text.contains(&format!("{page}#token={token}")) && mail.html.contains(&token), "{}", mail.text);

    for email in ["nobody@example.com", "blocked@example.com"] {
        let mails = shop.every_mail().await?.len();
        assert_eq!(shop.post("forgot-password", json!({"email": email})).await.class(), answer.class(), "{email}");
        assert_eq!(shop.every_mail().await?.len(), mails, "{email}");
    }
    Ok(())
}

#[tokio::test]
async fn a_customer_without_a_password_may_set_one_by_the_link() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer_without_password("ada@example.com").await?;
    shop.wait(60);
    shop.post("forgot-password", json!({"email": ada.email})).await;
    let reset = shop.post("reset-password", json!({"token": shop.link_token(&ada.email).await?, "password": "her first password"})).await;
    assert_eq!(reset.status, 204);
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": "her first password"})).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_shop_shortens_the_life_of_its_links() -> Outcome {
    for (minutes, seconds, words) in
        [(30, 1_800, "30 minutes"), (120, 7_200, "2 hours"), (10, 600, "10 minutes"), (24 * 60, 86_400, "24 hours")]
    {
        let lifetime = ResetLinkMinutes::parse(minutes)?;
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        shop.set_up(|settings| settings.reset_link_minutes = lifetime).await?;
        shop.wait(60);
        let answer = shop.post("forgot-password", json!({"email": ada.email})).await;
        assert_eq!(answer.body["expires_in"], seconds, "{minutes}");
        let text = shop.mails(&ada.email).await?[0].text.replace('\u{a0}', " ");
        assert!(text.contains(words), "{text}");

        let token = shop.link_token(&ada.email).await?;
        shop.wait(seconds);
        let late = shop.post("reset-password", json!({"token": token, "password": "another password"})).await;
        assert_eq!(late.refusal(), (410, "expired".to_owned()), "{minutes}");
    }
    Ok(())
}

#[tokio::test]
async fn asking_for_a_link_changes_nothing_of_the_account() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    let before = shop.table().await?.account(&ada.email).cloned();
    shop.post("forgot-password", json!({"email": ada.email})).await;
    assert_eq!(shop.table().await?.account(&ada.email).cloned(), before);
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": ada.password})).await.status, 200);
    Ok(())
}
