//! `update-account`: what customers say of themselves.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use shared::domain::{
    block::{BlockRule, Scope},
    domain_name::DomainName,
};
use tests::{Answer, HeadStart, Item, Outcome, Shop, Table};

async fn update(shop: &Shop, access_token: &str, body: Value) -> Answer {
    shop.ask("update-account").bearer(access_token).json(&body).send().await
}

async fn view(shop: &Shop, access_token: &str) -> Answer {
    shop.ask("view-account").bearer(access_token).send().await
}

/// Everything that is kept of customers.
fn customers(table: &Table) -> Vec<Item> {
    ["ACCOUNT", "PROFILE", "ID"].into_iter().flat_map(|sk| table.of(sk)).cloned().collect()
}

fn in_paris() -> Value {
    json!({"country": "FR", "street": ["10 rue de la Paix"], "postal_code": "75002", "city": "Paris"})
}

fn in_london() -> Value {
    json!({"country": "GB", "name": "Ada", "street": ["10 Downing Street"], "postal_code": "SW1A 2AA", "city": "London"})
}

#[tokio::test]
async fn what_is_sent_changes_and_what_is_not_sent_stays() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let token = ada.access_token();

    let updated = update(&shop, &token, json!({"locale": "fr", "marketing_consent": true, "shipping_address": in_paris()})).await;
    assert_eq!(updated.status, 200, "{updated:?}");
    assert_eq!((updated.text("/name"), updated.text("/locale")), ("Ada".to_owned(), "fr".to_owned()));
    assert_eq!(updated.body["marketing_consent"]["source"], "update-account");
    assert_eq!(updated.text("/shipping_address/city"), "Paris");

    let removed = update(&shop, &token, json!({"name": null, "shipping_address": null})).await;
    assert_eq!(
        (&removed.body["name"], &removed.body["shipping_address"], removed.text("/locale")),
        (&Value::Null, &Value::Null, "fr".to_owned())
    );
    assert_eq!(view(&shop, &token).await.body, removed.body);
    Ok(())
}

#[tokio::test]
async fn each_field_is_set_by_a_value_kept_by_silence_and_removed_by_null() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let token = ada.access_token();
    for (field, first, second) in [
        ("name", json!("Ada Lovelace"), json!("Countess of Lovelace")),
        ("locale", json!("de"), json!("nl")),
        ("shipping_address", in_paris(), in_london()),
        ("billing_address", in_london(), in_paris()),
    ] {
        let before = view(&shop, &token).await.body;
        for value in [&first, &second, &Value::Null, &first] {
            let mut expected = before.clone();
            expected[field] = value.clone();
            let told = update(&shop, &token, json!({field: value})).await;
            assert_eq!((told.status, &told.body), (200, &expected), "{field}");
            assert_eq!(update(&shop, &token, json!({})).await.body, expected, "silence");
            assert_eq!(view(&shop, &token).await.body, expected, "{field}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_patch_that_says_nothing_writes_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let before = customers(&shop.table().await?);
    assert_eq!(update(&shop, &ada.access_token(), json!({})).await.status, 200);
    assert_eq!(customers(&shop.table().await?), before);
    Ok(())
}

#[tokio::test]
async fn a_consent_keeps_its_date_and_source_until_it_changes_and_cannot_be_unsaid() -> Outcome {
    let shop = Shop::open().await?;
    let opened = shop.post("create-account", json!({"email": "ada@example.com", "marketing_consent": true})).await;
    let code = shop.code("ada@example.com").await?;
    let session = shop.post("verify-code", json!({"challenge_id": opened.text("/challenge_id"), "code": code})).await;
    let token = session.text("/access_token");
    let at_sign_up = json!({"given": true, "at": shop.clock.now().rfc3339(), "source": "create-account"});
    assert_eq!(view(&shop, &token).await.body["marketing_consent"], at_sign_up);

    shop.wait(60);
    let repeated = update(&shop, &token, json!({"marketing_consent": true})).await;
    assert_eq!(repeated.body["marketing_consent"], at_sign_up);

    let withdrawn = update(&shop, &token, json!({"marketing_consent": false})).await;
    let now = json!({"given": false, "at": shop.clock.now().rfc3339(), "source": "update-account"});
    assert_eq!(withdrawn.body["marketing_consent"], now);

    for nothing in [Value::Null, json!("true"), json!(1), json!({"given": true})] {
        let refused = update(&shop, &token, json!({"marketing_consent": nothing})).await;
        assert_eq!(
            (refused.status, refused.invalid_field()),
            (422, ("marketing_consent".to_owned(), "wrong_type".to_owned())),
            "{nothing}"
        );
    }
    shop.wait(60);
    assert_eq!(update(&shop, &token, json!({"marketing_consent": false, "name": "Ada"})).await.body["marketing_consent"], now);
    assert_eq!(view(&shop, &token).await.body["marketing_consent"], now);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_its_field_and_its_reason_and_changes_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let before = customers(&shop.table().await?);
    let with = |part: &str, value: Value| {
        let mut address = in_london();
        address[part] = value;
        address
    };
    for (body, field, code) in [
        (json!({"name": "a".repeat(101)}), "name", "too_long"),
        (json!({"name": "www.evil.example"}), "name", "link_in_name"),
        (json!({"name": "A\u{7}da"}), "name", "invalid_characters"),
        (json!({"name": 7}), "name", "wrong_type"),
        (json!({"locale": 7}), "locale", "wrong_type"),
        (json!({"shipping_address": with("postal_code", json!("75001"))}), "shipping_address", "invalid_postal_code"),
        (json!({"shipping_address": with("postal_code", Value::Null)}), "shipping_address", "postal_code_required"),
        (json!({"billing_address": with("country", json!("XX"))}), "billing_address", "unknown_country"),
        (json!({"billing_address": with("city", json!(""))}), "billing_address", "city_required"),
        (json!({"billing_address": with("street", json!(["1", "2", "3", "4"]))}), "billing_address", "too_many_lines"),
        (json!({"billing_address": with("city", json!("Lon\u{7}don"))}), "billing_address.city", "invalid_characters"),
        (json!({"billing_address": "10 Downing Street"}), "billing_address", "wrong_type"),
        (json!({"billing_address": {}}), "billing_address", "country_required"),
    ] {
        // What is right beside it is not changed either.
        let mut body = body;
        body["marketing_consent"] = json!(true);
        let refused = update(&shop, &ada.access_token(), body.clone()).await;
        assert_eq!((refused.status, refused.invalid_field()), (422, (field.to_owned(), code.to_owned())), "{body}");
    }
    assert_eq!(customers(&shop.table().await?), before);
    Ok(())
}

/// An address that has what the United States ask for, and these parts.
fn in_the_states(region: &str, postal_code: &str) -> Value {
    json!({"country": "US", "street": ["1 Main St"], "city": "Springfield", "region": region, "postal_code": postal_code})
}

#[tokio::test]
async fn an_address_that_only_a_list_doubts_is_kept_with_a_warning() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let elsewhere = |country: &str, region: &str, postal_code: &str| json!({"country": country, "street": ["1"], "city": "X", "region": region, "postal_code": postal_code});
    for (address, doubt) in [
        (in_the_states("TN", "42223"), "postal_code_outside_region"),
        (in_the_states("CA", "97635"), "postal_code_outside_region"),
        (in_the_states("IL", "63673"), "postal_code_outside_region"),
        (in_the_states("Tennessee", "42223"), "postal_code_outside_region"),
        (in_the_states("Narnia", "42223"), "unknown_region"),
        (elsewhere("IT", "MI", "00144"), "postal_code_outside_region"),
        (elsewhere("BR", "SP", "22290-240"), "postal_code_outside_region"),
        (elsewhere("ES", "Andalucía", "41001"), "unknown_region"),
        (elsewhere("IE", "Leinster", "D02 A996"), "unknown_region"),
        (elsewhere("IE", "Dublin", "Dublin 4"), "unknown_postal_code"),
        (elsewhere("IE", "Dublin", "D2"), "unknown_postal_code"),
        (elsewhere("DE", "DE-BY", "80331"), "unknown_region"),
        (elsewhere("KE", "KE30", "20100"), "unknown_region"),
    ] {
        for field in ["shipping_address", "billing_address"] {
            let updated = update(&shop, &ada.access_token(), json!({field: address})).await;
            assert_eq!((updated.status, &updated.body[field]), (200, &address), "{updated:?}");
            assert_eq!(updated.body["warnings"], json!([{"field": field, "code": doubt}]), "{address}");
            let mut seen = view(&shop, &ada.access_token()).await.body;
            seen["warnings"] = updated.body["warnings"].clone();
            assert_eq!(seen, updated.body, "it is stored");
        }
    }
    let both = json!({"shipping_address": in_the_states("TN", "42223"), "billing_address": in_the_states("Narnia", "42223")});
    let codes = json!([{"field": "shipping_address", "code": "postal_code_outside_region"}, {"field": "billing_address", "code": "unknown_region"}]);
    assert_eq!(update(&shop, &ada.access_token(), both).await.body["warnings"], codes);
    let right = update(&shop, &ada.access_token(), json!({"shipping_address": in_the_states("IL", "62701")})).await;
    assert_eq!((right.status, right.body.get("warnings")), (200, None));
    Ok(())
}

#[tokio::test]
async fn what_the_format_of_a_country_excludes_is_refused_whatever_a_list_doubts() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for (country, region, postal_code, code) in [
        ("US", "TN", "4222", "invalid_postal_code"),
        ("US", "Narnia", "4222", "invalid_postal_code"),
        ("US", "TN", "SW1A 2AA", "invalid_postal_code"),
        ("US", "", "42223", "region_required"),
        ("JP", "東京都", "100-000", "invalid_postal_code"),
        ("DE", "", "D-1011", "invalid_postal_code"),
        ("DE", "", "A-10115", "invalid_postal_code"),
    ] {
        let address = json!({"country": country, "street": ["1"], "city": "X", "region": region, "postal_code": postal_code});
        let refused = update(&shop, &ada.access_token(), json!({"shipping_address": address})).await;
        assert_eq!((refused.status, refused.invalid_field()), (422, ("shipping_address".to_owned(), code.to_owned())), "{address}");
    }
    Ok(())
}

#[tokio::test]
async fn a_region_is_known_by_any_spelling_or_code_and_a_name_is_kept_as_it_is_typed() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for (country, street, typed, kept) in [
        ("BR", "Rua A, 1", "Sao Paulo", "Sao Paulo"),
        ("BR", "Rua A, 1", "SAO PAULO", "SAO PAULO"),
        ("TR", "Ayasofya 1", "Istanbul", "Istanbul"),
        ("MX", "Calle 1", "Nuevo Leon", "Nuevo Leon"),
        ("IE", "1 Main St", "Dublin", "Dublin"),
        ("VN", "1 Le Loi", "Da Nang", "Da Nang"),
        ("CO", "Calle 1", "Bogota", "Bogota"),
        ("AE", "Al Wahda St 1", "Sharjah", "Sharjah"),
        ("AE", "شارع الوحدة 1", "الشارقة", "الشارقة"),
        ("JP", "1-1 Chiyoda", "Tokyo", "Tokyo"),
        ("US", "1 Main St", "California", "California"),
        // A code has no language: what stands on letters is written for it, in the script of the address.
        ("US", "1 Main St", "ca", "CA"),
        ("US", "1 Main St", "US-CA", "CA"),
        ("CN", "天河路1号", "CN-GD", "广东省"),
        ("CN", "天河路1号", "CN-44", "广东省"),
        ("CN", "1 Chang'an St", "CN-BJ", "Beijing Shi"),
        ("CN", "1 Chang'an St", "CN-11", "Beijing Shi"),
        ("AE", "Al Wahda St 1", "AE-SH", "Sharjah"),
        ("JP", "千代田1-1", "JP-13", "東京都"),
        ("IN", "1 MG Road", "IN-OD", "Odisha"),
        ("IN", "1 MG Road", "IN-TS", "Telangana"),
        ("IN", "1 MG Road", "IN-UK", "Uttarakhand"),
        ("IN", "1 MG Road", "IN-CG", "Chhattisgarh"),
        ("MX", "Calle 1", "MX-DIF", "CDMX"),
        ("MX", "Calle 1", "MX-CMX", "CDMX"),
        ("TW", "中山路1號", "TW-TPQ", "新北市"),
        ("ID", "Jalan 1", "ID-PA", "Papua"),
        ("ID", "Jalan 1", "ID-PT", "Papua Tengah"),
        // Where no list is known, a region is whatever it is called there, and a code is doubted.
        ("NO", "Storgata 1", "NO-30", "NO-30"),
        ("NO", "Storgata 1", "NO-32", "NO-32"),
        ("FR", "Rue A", "FR-NAQ", "FR-NAQ"),
        ("FR", "Rue A", "FR-B", "FR-B"),
        ("PL", "ul. A 1", "PL-14", "PL-14"),
        ("ZA", "1 Main Rd", "ZA-KZN", "ZA-KZN"),
        ("GB", "1 High St", "GB-BMH", "GB-BMH"),
        ("KZ", "Abay 1", "KZ-75", "KZ-75"),
        ("NZ", "1 Queen St", "NZ-AUK", "NZ-AUK"),
    ] {
        let codes = json!({"BR": "01310-200", "TR": "34122", "MX": match kept { "CDMX" => "06082", _ => "64000" }, "VN": "550000",
            "JP": "100-0001", "US": "94043", "CN": match kept { "广东省" => "510000", _ => "100000" }, "TW": "220", "ID": "99111",
            "IN": match kept { "Odisha" => "751001", "Telangana" => "500001", "Uttarakhand" => "248001", _ => "492001" },
            "NO": "0026", "FR": "75001", "PL": "00-902", "ZA": "8001", "GB": "SW1A 2AA", "KZ": "050000", "NZ": "6160"});
        let address = json!({"country": country, "street": [street], "city": "1", "region": typed, "postal_code": codes[country]});
        let updated = update(&shop, &ada.access_token(), json!({"shipping_address": address})).await;
        assert_eq!((updated.status, &updated.body["shipping_address"]["region"]), (200, &json!(kept)), "{country} {typed}: {updated:?}");
        let has_list = !["NO", "FR", "PL", "ZA", "GB", "KZ", "NZ"].contains(&country);
        assert_eq!(updated.body.get("warnings").is_none(), has_list, "{country} {typed}");
    }
    Ok(())
}

#[tokio::test]
async fn a_postal_code_is_read_behind_signs_and_marks_and_in_digits_of_any_width() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for (country, typed, kept) in [
        ("JP", "１００－０００１", "100-0001"),
        ("JP", "〒100-0001", "100-0001"),
        ("JP", "〒 １００ー０００１", "100-0001"),
        ("KR", "우 03051", "03051"),
        ("IR", "۱۱۹۳۶۱۲۳۴۵", "11936-12345"),
        ("DE", "D-10115", "10115"),
        ("DE", "DE 10115", "10115"),
        ("AT", "A-1010", "1010"),
        ("FR", "F-75001", "75001"),
        ("BE", "B-1000", "1000"),
        ("LU", "L-2998", "2998"),
        ("IT", "I-20121", "20121"),
        ("NL", "NL-1012JS", "1012 JS"),
        ("SE", "S-114 55", "11455"),
        ("DK", "DK-1240", "1240"),
        ("CH", "CH-8001", "8001"),
        ("GB", "GB SW1A 2AA", "SW1A 2AA"),
        ("US", "USA 94043", "94043"),
        ("RS", "SRB-11000", "11000"),
        ("LV", "1010", "LV-1010"),
        ("BR", "01.310-100", "01310-100"),
        ("SG", "S(049145)", "049145"),
        ("GR", "EL-10672", "106 72"),
        ("UK", "SW1A2AA.", "SW1A 2AA"),
        ("Deutschland", "10115,", "10115"),
    ] {
        let region = json!({"JP": "東京都", "KR": "서울특별시", "IR": "تهران", "IT": "MI", "US": "CA", "BR": "SP"})[country].clone();
        let address = json!({"country": country, "street": ["1"], "city": "1", "region": region, "postal_code": typed});
        let updated = update(&shop, &ada.access_token(), json!({"billing_address": address})).await;
        assert_eq!(
            (updated.status, &updated.body["billing_address"]["postal_code"]),
            (200, &json!(kept)),
            "{country} {typed}: {updated:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_line_is_kept_without_the_invisible_marks_at_its_ends() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for (typed, kept) in [
        ("\u{202d}12 High St\u{202c}", "12 High St"),
        ("\u{feff}12 High St\u{200b}", "12 High St"),
        ("\u{200f}רחוב הרצל 12\u{200e}, תל אביב", "רחוב הרצל 12\u{200e}, תל אביב"),
    ] {
        let address = json!({"country": "IL", "street": [typed], "city": "\u{200f}תל אביב\u{a0}"});
        let updated = update(&shop, &ada.access_token(), json!({"shipping_address": address})).await;
        let expected = json!({"country": "IL", "street": [kept], "city": "תל אביב"});
        assert_eq!((updated.status, &updated.body["shipping_address"]), (200, &expected), "{typed:?}: {updated:?}");
    }
    Ok(())
}

#[tokio::test]
async fn no_other_field_of_an_account_can_be_set_and_nothing_beside_it_is() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let before = customers(&shop.table().await?);
    for (field, value) in [
        ("email", json!("eve@example.com")),
        ("password", json!("another password")),
        ("status", json!("closed")),
        ("role", json!("owner")),
        ("epoch", json!(0)),
        ("id", json!("acc_aaaaaaaaaaaaaaaaaaaaaaaaaa")),
        ("account_id", json!("acc_aaaaaaaaaaaaaaaaaaaaaaaaaa")),
        ("sessions", json!({})),
        ("holds", json!([])),
        ("blocks", json!([])),
        ("created_at", json!("2020-01-01T00:00:00Z")),
        ("sign_in_methods", json!({"password": false})),
        ("revision", json!(7)),
        ("pk", json!("S#other")),
        ("store", json!("other")),
        ("__proto__", json!({})),
        ("Name", json!("Eve")),
    ] {
        let refused = update(&shop, &ada.access_token(), json!({"name": "Eve", field: value})).await;
        assert_eq!((refused.status, refused.invalid_field()), (422, (String::new(), "unknown_field".to_owned())), "{field}");
    }
    for within in [json!({"consent": true}), json!({"shipping_address": {"country": "FR", "account_id": "acc_"}})] {
        assert_eq!(update(&shop, &ada.access_token(), within).await.invalid_field().1, "unknown_field");
    }
    assert_eq!(customers(&shop.table().await?), before);
    Ok(())
}

#[tokio::test]
async fn an_address_that_was_stored_under_older_rules_survives_a_change_of_something_else() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let profile = shop.table().await?.of("PROFILE").next().cloned().ok_or("there is no profile")?;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let stored = HashMap::from([
        ("country".to_owned(), text("YU")),
        ("street".to_owned(), AttributeValue::L(vec![text("Knez Mihailova 1")])),
        ("city".to_owned(), text("Beograd")),
    ]);
    let put = shop.dynamodb().update_item().table_name(shop.table_name()).key("pk", profile["pk"].clone()).key("sk", profile["sk"].clone());
    put.update_expression("SET shipping_address = :a").expression_attribute_values(":a", AttributeValue::M(stored)).send().await?;
    let kept = json!({"country": "YU", "street": ["Knez Mihailova 1"], "city": "Beograd"});

    let updated =
        update(&shop, &ada.access_token(), json!({"name": "Ada L.", "marketing_consent": true, "billing_address": in_paris()})).await;

    assert_eq!((updated.status, &updated.body["shipping_address"]), (200, &kept));
    assert_eq!(view(&shop, &ada.access_token()).await.body, updated.body);
    let again = update(&shop, &ada.access_token(), json!({"shipping_address": kept})).await;
    assert_eq!(again.invalid_field(), ("shipping_address".to_owned(), "unknown_country".to_owned()), "nobody types it anew");
    Ok(())
}

#[tokio::test]
async fn a_session_that_has_ended_changes_nothing() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    let ada = shop.customer("ada@example.com").await?;
    let token = ada.access_token();
    let elsewhere = shop.ask("update-account").at("other").bearer(&token).json(&json!({"name": "Eve"})).send().await;
    assert_eq!(elsewhere.refusal(), (401, "invalid_token".to_owned()));
    shop.ask("logout").bearer(&token).send().await;
    let before = customers(&shop.table().await?);
    for body in [json!({}), json!({"name": "Eve"}), json!({"shipping_address": in_paris()}), json!({"marketing_consent": true})] {
        assert_eq!(update(&shop, &token, body).await.refusal(), (401, "invalid_token".to_owned()));
    }
    assert_eq!(shop.ask("update-account").json(&json!({"name": "Eve"})).send().await.status, 401);
    assert_eq!(update(&shop, &shop.owner_key, json!({"name": "Eve"})).await.status, 401);
    assert_eq!(customers(&shop.table().await?), before);
    Ok(())
}

#[tokio::test]
async fn it_is_a_patch_and_no_other_method() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for method in ["GET", "POST", "PUT", "DELETE"] {
        let request = shop.ask("update-account").by(method).bearer(&ada.access_token()).json(&json!({"name": "Eve"}));
        assert_eq!(request.send().await.status, 404, "{method}");
    }
    assert_eq!(view(&shop, &ada.access_token()).await.text("/name"), "Ada");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_of_different_fields_at_the_same_moment_all_hold() -> Outcome {
    for _ in 0..10 {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let token = ada.access_token();
        let answers = futures::join!(
            update(&shop, &token, json!({"name": "Countess of Lovelace"})),
            update(&shop, &token, json!({"locale": "fr"})),
            update(&shop, &token, json!({"shipping_address": in_paris()})),
            update(&shop, &token, json!({"billing_address": in_london()})),
        );
        assert_eq!([answers.0.status, answers.1.status, answers.2.status, answers.3.status], [200; 4]);
        let seen = view(&shop, &token).await;
        assert_eq!((seen.text("/name"), seen.text("/locale")), ("Countess of Lovelace".to_owned(), "fr".to_owned()));
        assert_eq!((&seen.body["shipping_address"], &seen.body["billing_address"]), (&in_paris(), &in_london()));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_change_is_made_for_an_account_that_is_deleted_or_blocked_at_the_same_moment() -> Outcome {
    let mut seen = BTreeSet::new();
    for (end, ahead) in ["erase", "close", "block"].into_iter().flat_map(|end| HeadStart::rounds(8).map(move |ahead| (end, ahead))) {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let token = ada.access_token();
        let ending = async {
            match end {
                "block" => shop.block_email(&ada.email).await.map(|_| ()),
                mode => {
                    let deleted = shop.ask("delete-account").bearer(&token).json(&json!({"mode": mode})).send().await;
                    (deleted.status == 202).then_some(()).ok_or_else(|| format!("not deleted: {deleted:?}").into())
                }
            }
        };
        let update_both = update(&shop, &token, json!({"shipping_address": in_paris(), "billing_address": in_paris()}));
        let (updated, ended) = shop.race(ahead, update_both, ending).await;
        ended?;
        seen.insert((end, updated.status));

        let table = shop.table().await?;
        let in_table = table.holds("rue de la Paix");
        match end {
            "erase" => assert_eq!((customers(&table).len(), in_table), (1, false), "the pseudonym and nothing else"),
            "close" => assert_eq!((customers(&table).len(), in_table), (3, false), "a closed account has no addresses"),
            _ => assert_eq!((customers(&table).len(), in_table), (3, updated.status == 200)),
        }
        assert_eq!(update(&shop, &token, json!({"shipping_address": in_paris()})).await.status, 401);
        assert_eq!(shop.table().await?.holds("rue de la Paix"), end == "block" && updated.status == 200, "{end}");
    }
    let both = ["erase", "close", "block"].into_iter().flat_map(|end| [(end, 200), (end, 401)]);
    assert_eq!(seen, both.collect(), "both orders were seen");
    Ok(())
}

#[tokio::test]
async fn a_block_of_the_domain_leaves_the_session_its_last_minutes() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.block(BlockRule::Domain(DomainName::parse("example.com")?), &Scope::ALL, None).await?;
    assert_eq!(update(&shop, &ada.access_token(), json!({"name": "Ada L."})).await.status, 200);
    assert_eq!(shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await.status, 403);
    Ok(())
}
