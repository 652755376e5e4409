//! `import`: the exports of other platforms, as they come.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use axum::{Router, http::StatusCode};
use serde_json::{Value, json};
use tests::{Failure, Outcome, Served, Shop};

use super::{
    process::a_process,
    run::{Ended, vestibule},
    surroundings::Folder,
};

const PASSWORD: &str = "correct horse battery staple";

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/samples").join(name)
}

/// A folder with copies of the samples: an import leaves its report beside its file.
fn samples() -> Result<Folder, Failure> {
    let folder = Folder::new()?;
    for file in fs::read_dir(sample(""))? {
        let file = file?;
        fs::copy(file.path(), folder.file(&file.file_name().to_string_lossy()))?;
    }
    Ok(folder)
}

pub(super) async fn import(shop: &Shop, served: &Served, folder: &Folder, words: &[&str]) -> Result<Ended, Failure> {
    let words: Vec<_> = ["import"].iter().chain(words).copied().collect();
    vestibule(&words).at(served, &shop.owner_key).in_folder(folder.file("")).end().await
}

/// Created, skipped, refused and left out.
pub(super) fn counts(told: &Value) -> [u64; 4] {
    ["created", "skipped", "refused", "left_out"].map(|name| told[name].as_u64().unwrap_or(u64::MAX))
}

/// A file of so many customers, each with a password of bcrypt.
fn many(folder: &Folder, count: usize) -> Result<(), Failure> {
    let rows =
        (0..count).map(|number| format!("c{number}@example.com,{number},$2b$05$RsseLjjWGA3meMn7oXsXAegfAF4cIa790sjrrSEOdApwDLSdY9vLK\n"));
    fs::write(folder.file("many.csv"), ["email,external_id,password_hash\n".to_owned()].into_iter().chain(rows).collect::<String>())?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_export_of_every_platform_is_read_as_it_comes_and_its_customers_sign_in() -> Outcome {
    for (words, expected, report, (email, name, signs_in)) in [
        (
            vec!["shopify.csv", "--from", "shopify"],
            [3, 0, 0, 1],
            vec!["3,left-out,email,required"],
            ("ada@example.com", "Ada Lovelace", None),
        ),
        (
            vec!["wp_users.csv", "--from", "wordpress", "--extras", "wp_usermeta.csv"],
            [3, 0, 0, 1],
            vec!["1,left-out,,staff", "2,created,billing_address,unknown_region"],
            ("bob@example.com", "Bob B.", Some(PASSWORD)),
        ),
        (
            vec!["woocommerce.sql", "--from", "woocommerce"],
            [3, 0, 0, 1],
            vec!["1,left-out,,staff", "2,created,billing_address,unknown_region"],
            ("ada@example.com", "Ada Lovelace", Some(PASSWORD)),
        ),
        (vec!["magento1.csv", "--from", "magento1"], [2, 0, 0, 0], vec![], ("ada@example.com", "Ada Lovelace", Some(PASSWORD))),
        (
            vec!["magento2.csv", "--from", "magento2", "--extras", "customer_address_entity.csv"],
            [3, 0, 0, 1],
            vec!["4,left-out,,inactive"],
            ("bob@example.com", "Bob Byte", Some(PASSWORD)),
        ),
        (
            vec!["prestashop.csv", "--from", "prestashop", "--cookie-key-file", "prestashop-parameters.php"],
            [2, 0, 0, 2],
            vec!["3,left-out,,guest", "4,left-out,,inactive"],
            ("ada@example.com", "Ada Lovelace", Some(PASSWORD)),
        ),
        (
            vec!["opencart.sql", "--from", "opencart"],
            [2, 0, 0, 1],
            vec!["3,left-out,,inactive"],
            ("miles@example.com", "Miles O'Brien", Some(PASSWORD)),
        ),
        (vec!["drupal.csv", "--from", "drupal"], [2, 0, 0, 1], vec!["1,left-out,,inactive"], ("ada@example.com", "Ada", Some(PASSWORD))),
        (vec!["drupal7.sql", "--from", "drupal"], [2, 0, 0, 1], vec!["1,left-out,,inactive"], ("bob@example.com", "Bob", Some(PASSWORD))),
        (
            vec!["django.csv", "--from", "django"],
            [2, 0, 1, 1],
            vec!["3,refused,password,unsupported_hash", "4,left-out,,staff"],
            ("ada@example.com", "Ada Lovelace", Some(PASSWORD)),
        ),
        (
            vec!["generic.csv", "--from", "generic-csv"],
            [2, 0, 1, 1],
            vec!["3,left-out,email,duplicate", "4,refused,email,invalid_address"],
            ("ada@example.com", "Ada Lovelace", Some(PASSWORD)),
        ),
        (
            vec!["customers.jsonl", "--from", "jsonl"],
            [2, 0, 0, 1],
            vec!["2,created,shipping_address,invalid_postal_code", "3,left-out,,not_json"],
            ("ada@example.com", "Ada Lovelace", Some(PASSWORD)),
        ),
    ] {
        let (shop, folder) = (Shop::open().await?, samples()?);
        let served = shop.serve().await?;
        let with_json: Vec<_> = words.iter().copied().chain(["--json"]).collect();
        let ended = import(&shop, &served, &folder, &with_json).await?;
        assert_eq!(ended.code, 0, "{words:?} {ended:?}");
        assert_eq!(counts(&ended.json()?), expected, "{words:?} {ended:?}");
        let told = fs::read_to_string(folder.file(&format!("{}.report.csv", words[0])))?;
        assert_eq!(told.lines().skip(1).collect::<Vec<_>>(), report, "{words:?}");
        assert!(!folder.file(&format!("{}.import-state.json", words[0])).exists(), "it is over");

        let account = shop.account(email).await?.ok_or_else(|| format!("{words:?}"))?;
        assert_eq!(account.name.map(|name| name.as_str().to_owned()).as_deref(), Some(name), "{words:?}");
        assert_eq!(account.password.is_some(), signs_in.is_some(), "{words:?}");
        if let Some(password) = signs_in {
            assert_eq!(shop.post("login", json!({"email": email, "password": password})).await.status, 200, "{words:?}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_platforms_know_beside_the_password_comes_along() -> Outcome {
    for (words, email, known) in [
        (
            vec!["shopify.csv", "--from", "shopify"],
            "ada@example.com",
            vec!["6940095564001", "Analytical Engines Ltd", "SW1Y 4JH", "vip", "newsletter", "Prefers the phone.", "Shopify export"],
        ),
        (vec!["shopify.csv", "--from", "shopify"], "noriko@example.com", vec!["100-0005", "Two lines\\nof a note", "wholesale"]),
        (
            vec!["woocommerce.sql", "--from", "woocommerce"],
            "ada@example.com",
            vec!["Hinterhaus", "10115", "Engines GmbH", "20095", "\"2\""],
        ),
        (vec!["magento1.csv", "--from", "magento1"], "ada@example.com", vec!["SW1Y 4JH", "LS1 4DY", "Unit 2"]),
        (
            vec!["magento2.csv", "--from", "magento2", "--extras", "customer_address_entity.csv"],
            "ada@example.com",
            vec!["Kamer 2", "1012 JS", "Utrecht"],
        ),
        (
            vec!["prestashop.csv", "--from", "prestashop", "--cookie-key-file", "prestashop-parameters.php"],
            "ada@example.com",
            vec!["Calls on Mondays", "PrestaShop: newsletter"],
        ),
        (vec!["generic.csv", "--from", "generic-csv"], "ada@example.com", vec!["A-1", "member", "b2b", "SW1A 2AA", "Newsletter form"]),
    ] {
        let (shop, folder) = (Shop::open().await?, samples()?);
        let served = shop.serve().await?;
        assert_eq!(import(&shop, &served, &folder, &words).await?.code, 0);
        let account = shop.account(email).await?.ok_or("there is no account")?;
        let table = shop.table().await?;
        let profile = table.of("PROFILE").find(|item| tests::text(item, "account_id") == account.id.as_str()).ok_or("no profile")?;
        for word in known {
            assert!(format!("{profile:?}").contains(word), "{words:?} {word}: {profile:?}");
        }
    }
    let (shop, folder) = (Shop::open().await?, samples()?);
    let served = shop.serve().await?;
    import(&shop, &served, &folder, &["woocommerce.sql", "--from", "woocommerce"]).await?;
    let ada = shop.account("ada@example.com").await?.ok_or("there is no account")?;
    assert_eq!(
        (ada.locale.map(|locale| locale.as_str().to_owned()).as_deref(), ada.created_at.unix_seconds()),
        (Some("de-DE"), 1_551_434_400)
    );
    Ok(())
}

/// The lines of the report, without its titles.
fn report_of(folder: &Folder, file: &str) -> Result<Vec<String>, Failure> {
    Ok(fs::read_to_string(folder.file(&format!("{file}.report.csv")))?.lines().skip(1).map(str::to_owned).collect())
}

/// A customer as staff see them.
async fn as_staff(shop: &Shop, email: &str) -> Result<Value, Failure> {
    let id = shop.account(email).await?.ok_or("there is no account")?.id;
    let seen = shop.ask("admin/view-account").query(&format!("account_id={}", id.as_str())).bearer(&shop.owner_key).send().await;
    Ok(seen.body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_states_of_woocommerce_are_read_and_what_cannot_be_costs_that_part_of_the_address() -> Outcome {
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    let served = shop.serve().await?;
    let addresses = [
        ("JP", "千代田1-1", "", "JP13", "100-0001", "東京都"),
        ("JP", "1-1 Chiyoda", "", "JP13", "100-0001", "Tokyo"),
        ("TR", "Ayasofya 1", "Fatih", "TR34", "34122", "İstanbul"),
        ("CN", "长安街1号", "北京", "CN2", "100000", "北京市"),
        ("MX", "Calle 1", "CDMX", "DF", "06082", "CDMX"),
        ("EG", "Tahrir 1", "Cairo", "EGC", "11511", "Cairo Governorate"),
        ("MY", "Jalan 1", "Shah Alam", "SGR", "40000", "Selangor"),
        ("IN", "1 MG Road", "Hyderabad", "TS", "500001", "Telangana"),
        ("ID", "Jalan 1", "Jakarta", "JK", "10110", "DKI Jakarta"),
        ("TH", "1 Road", "Bangkok", "TH-10", "10200", "Bangkok"),
        ("US", "1 Main St", "Boston", "MA", "02139", "MA"),
        ("KR", "세종대로 1", "서울", "", "03051", ""),
        ("US", "1 Main St", "Boston", "Narnia", "02139", "Narnia"),
    ];
    let mut users = Vec::new();
    let mut metas = Vec::new();
    for (id, (country, street, city, state, postcode, _)) in addresses.iter().enumerate() {
        users.push(format!("({id},'c{id}@example.com')"));
        metas.push(format!("({id},'wp_capabilities','a:1:{{s:8:\\\"customer\\\";b:1;}}')"));
        for (key, value) in [("country", country), ("address_1", street), ("city", city), ("state", state), ("postcode", postcode)] {
            metas.push(format!("({id},'shipping_{key}','{value}')"));
        }
    }
    let dump = format!(
        "INSERT INTO `wp_users` (`ID`,`user_email`) VALUES {};\nINSERT INTO `wp_usermeta` (`user_id`,`meta_key`,`meta_value`) VALUES {};\n",
        users.join(","),
        metas.join(",")
    );
    fs::write(folder.file("shop.sql"), dump)?;
    let ended = import(&shop, &served, &folder, &["shop.sql", "--from", "woocommerce", "--json"]).await?;
    assert_eq!((ended.code, counts(&ended.json()?)), (0, [13, 0, 0, 0]), "{ended:?}");
    for (id, (country, street, city, _, postcode, region)) in addresses.iter().enumerate() {
        let mut expected = json!({"country": country, "street": [street], "postal_code": postcode});
        for (part, value) in [("city", city), ("region", region)] {
            if !value.is_empty() {
                expected[part] = json!(value);
            }
        }
        assert_eq!(as_staff(&shop, &format!("c{id}@example.com")).await?["shipping_address"], expected, "{country}");
    }
    let expected = ["12,created,shipping_address,region_required", "13,created,shipping_address,unknown_region"];
    assert_eq!(report_of(&folder, "shop.sql")?, expected);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_exports_of_shopify_are_read_with_the_titles_and_province_codes_of_every_year() -> Outcome {
    const OLD: &str = "First Name,Last Name,Email,Accepts Marketing,Company,Address1,Address2,City,Province,Province Code,Country,Country Code,Zip,Phone,Total Spent,Total Orders,Tags,Note,Tax Exempt";
    const NEW: &str = "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags";
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    let served = shop.serve().await?;
    let old = [
        ("Massachusetts,MA,United States,US,'02139", ("US", "MA", "02139")),
        ("Ciudad de México,DF,Mexico,MX,06082", ("MX", "CDMX", "06082")),
        ("Quintana Roo,Q ROO,Mexico,MX,77520", ("MX", "Q.R.", "77520")),
        ("Tokyo,JP-13,Japan,JP,100-0001", ("JP", "Tokyo", "100-0001")),
        ("Seoul,KR-11,South Korea,KR,'03051", ("KR", "Seoul", "03051")),
        ("Guangdong,GD,China,CN,510000", ("CN", "Guangdong Sheng", "510000")),
        ("Massachusetts,MA,United States,US,=\"02139\"", ("US", "MA", "02139")),
        ("Massachusetts,MA,United States,US,2139", ("US", "MA", "02139")),
    ];
    let rows = |lines: &[String], titles: &str| [&[titles.to_owned()], lines].concat().join("\n");
    let old_rows: Vec<_> = old
        .iter()
        .enumerate()
        .map(|(id, (place, _))| format!("Ada,Byte,o{id}@example.com,yes,Acme,1 Main St,Flat 2,X,{place},,0,0,,,no"))
        .collect();
    fs::write(folder.file("old.csv"), rows(&old_rows, OLD))?;
    let ended = import(&shop, &served, &folder, &["old.csv", "--from", "shopify", "--json"]).await?;
    assert_eq!((ended.code, counts(&ended.json()?)), (0, [8, 0, 0, 0]), "{ended:?}");
    assert_eq!(ended.errors, "", "every column is there");
    for (id, (place, (country, region, zip))) in old.iter().enumerate() {
        let seen = as_staff(&shop, &format!("o{id}@example.com")).await?;
        let expected = json!({"country": country, "name": "Ada Byte", "organization": "Acme", "street": ["1 Main St", "Flat 2"], "city": "X", "region": region, "postal_code": zip});
        assert_eq!(seen["shipping_address"], expected, "{place}");
        assert_eq!(
            (&seen["marketing_consent"]["given"], &seen["marketing_consent"]["source"]),
            (&json!(true), &json!("Shopify export: Accepts Marketing"))
        );
    }
    assert_eq!(report_of(&folder, "old.csv")?, ["8,created,shipping_address,leading_zero_restored"]);

    fs::write(
        folder.file("new.csv"),
        rows(&["'7,Ada,Byte,n@example.com,yes,,1 Main St,,Boston,MA,US,'02139,,,no,0,0,,no,".to_owned()], NEW),
    )?;
    let ended = import(&shop, &served, &folder, &["new.csv", "--from", "shopify", "--json"]).await?;
    assert_eq!((ended.code, counts(&ended.json()?)), (0, [1, 0, 0, 0]), "{ended:?}");
    assert_eq!(as_staff(&shop, "n@example.com").await?["shipping_address"]["postal_code"], "02139");

    fs::write(folder.file("short.csv"), "Email,First Name\ns@example.com,Ada\n")?;
    let ended = import(&shop, &served, &folder, &["short.csv", "--from", "shopify", "--json"]).await?;
    assert_eq!(ended.code, 0, "{ended:?}");
    for column in ["Accepts Email Marketing", "Default Address Address1"] {
        assert!(ended.errors.contains(&format!("no column {column}.")), "{ended:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cell_that_cannot_be_read_is_reported_and_never_guessed() -> Outcome {
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    let served = shop.serve().await?;
    let rows = [
        ("01.03.2019", "yes", "02.04.2020"),
        ("03/04/2019", "yes", "2020-04-02"),
        ("2019-02-30", "yes", "yesterday"),
        ("2019-03-01", "ja", "2020-04-02"),
        ("1551430800", "yes", "2020-04-02 10:00:00"),
        ("", "no", ""),
    ];
    let lines: Vec<_> =
        rows.iter().enumerate().map(|(id, (since, consent, at))| format!("c{id}@example.com,{since},{consent},{at}")).collect();
    let file = format!("email,created_at,marketing_consent,marketing_consent_at\n{}\n", lines.join("\n"));
    fs::write(folder.file("x.csv"), &file)?;
    let ended = import(&shop, &served, &folder, &["x.csv", "--from", "generic-csv", "--json"]).await?;
    assert_eq!((ended.code, counts(&ended.json()?)), (0, [6, 0, 0, 0]), "{ended:?}");
    let expected = [
        "1,cell-left-out,created_at,ambiguous_date",
        "1,cell-left-out,marketing_consent_at,ambiguous_date",
        "2,cell-left-out,created_at,ambiguous_date",
        "3,cell-left-out,created_at,unreadable_date",
        "3,cell-left-out,marketing_consent_at,unreadable_date",
        "4,cell-left-out,marketing_consent,unreadable_answer",
    ];
    assert_eq!(report_of(&folder, "x.csv")?, expected);
    let consent = |given: bool, at: Value| json!({"given": given, "at": at, "source": "CSV file"});
    for (id, expected) in [
        (0, consent(true, Value::Null)),
        (1, consent(true, json!("2020-04-02T00:00:00Z"))),
        (2, consent(true, Value::Null)),
        (3, Value::Null),
        (4, consent(true, json!("2020-04-02T10:00:00Z"))),
        (5, Value::Null),
    ] {
        assert_eq!(as_staff(&shop, &format!("c{id}@example.com")).await?["marketing_consent"], expected, "{id}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_imported_password_is_proved_only_where_the_file_says_so() -> Outcome {
    const HASH: &str = "$2b$05$RsseLjjWGA3meMn7oXsXAegfAF4cIa790sjrrSEOdApwDLSdY9vLK";
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    let served = shop.serve().await?;
    let answers = [("yes", false), ("1", false), ("TRUE", false), ("no", true), ("", true), ("0", true), ("maybe", true)];
    let lines: Vec<_> = answers.iter().enumerate().map(|(id, (answer, _))| format!("c{id}@example.com,{HASH},{answer}")).collect();
    fs::write(folder.file("x.csv"), format!("email,password_hash,email_verified\n{}\n", lines.join("\n")))?;
    let ended = import(&shop, &served, &folder, &["x.csv", "--from", "generic-csv", "--json"]).await?;
    assert_eq!((ended.code, counts(&ended.json()?)), (0, [7, 0, 0, 0]), "{ended:?}");
    for (id, (answer, unproved)) in answers.iter().enumerate() {
        let account = shop.account(&format!("c{id}@example.com")).await?.ok_or("there is no account")?;
        assert_eq!(account.password_unproved, *unproved, "{answer:?}");
    }
    assert_eq!(report_of(&folder, "x.csv")?, ["7,cell-left-out,email_verified,unreadable_answer"]);

    for words in [
        &["wp_users.csv", "--from", "wordpress", "--extras", "wp_usermeta.csv"][..],
        &["magento1.csv", "--from", "magento1"],
        &["magento2.csv", "--from", "magento2"],
        &["prestashop.csv", "--from", "prestashop", "--cookie-key-file", "prestashop-parameters.php"],
        &["opencart.sql", "--from", "opencart"],
        &["drupal.csv", "--from", "drupal"],
        &["django.csv", "--from", "django"],
    ] {
        let (shop, folder) = (Shop::open().await?, samples()?);
        let served = shop.serve().await?;
        assert_eq!(import(&shop, &served, &folder, words).await?.code, 0, "{words:?}");
        let table = shop.table().await?;
        let emails: Vec<_> = table.of("ACCOUNT").map(|item| tests::text(item, "email")).collect();
        assert!(!emails.is_empty(), "{words:?}");
        for email in emails {
            let account = shop.account(&email).await?.ok_or("there is no account")?;
            assert_eq!(account.password_unproved, account.password.is_some(), "{words:?} {email}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_format_of_its_dates_a_file_is_read_whole() -> Outcome {
    for (format, since, at) in [("DD.MM.YYYY", "01.03.2019", "2.4.2020 10:00"), ("MM/DD/YYYY", "03/01/2019", "04/02/2020, 10:00:00")] {
        let (shop, folder) = (Shop::open().await?, Folder::new()?);
        let served = shop.serve().await?;
        fs::write(
            folder.file("x.csv"),
            format!("email;created_at;marketing_consent;marketing_consent_at\nada@example.com;{since};yes;{at}\n"),
        )?;
        let words = ["x.csv", "--from", "generic-csv", "--json", "--date-format", format];
        let ended = import(&shop, &served, &folder, &words).await?;
        assert_eq!((ended.code, counts(&ended.json()?), report_of(&folder, "x.csv")?.len()), (0, [1, 0, 0, 0], 0), "{ended:?}");
        let seen = as_staff(&shop, "ada@example.com").await?;
        assert_eq!(
            (&seen["created_at"], &seen["marketing_consent"]["at"]),
            (&json!("2019-03-01T00:00:00Z"), &json!("2020-04-02T10:00:00Z"))
        );
    }
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    let served = shop.serve().await?;
    fs::write(folder.file("x.csv"), "email\n")?;
    let ended = import(&shop, &served, &folder, &["x.csv", "--from", "generic-csv", "--date-format", "german"]).await?;
    assert_eq!((ended.code, ended.errors.contains("DD.MM.YYYY")), (2, true), "{ended:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_told_what_has_come_of_it_and_a_second_time_that_nothing_was_left_to_do() -> Outcome {
    let (shop, folder) = (Shop::open().await?, samples()?);
    let served = shop.serve().await?;
    let words = ["shopify.csv", "--from", "shopify"];
    let dry = import(&shop, &served, &folder, &[&words[..], &["--dry-run"]].concat()).await?;
    assert!(dry.output.starts_with("This would come of it:\n  created    3\n"), "{dry:?}");
    assert_eq!(shop.table().await?.of("ACCOUNT").count(), 0);
    let told = fs::read_to_string(folder.file("shopify.csv.dry-run.report.csv"))?;
    assert_eq!(told, "row,outcome,field,reason\n3,left-out,email,required\n");

    let first = import(&shop, &served, &folder, &words).await?;
    assert!(first.output.contains("created    3") && first.output.contains("left out   1"), "{first:?}");
    let second = import(&shop, &served, &folder, &words).await?;
    assert!(second.output.contains("created    0") && second.output.contains("unchanged  3"), "{second:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_utf8_or_no_table_is_refused_before_anything_is_sent() -> Outcome {
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    let served = shop.serve().await?;
    for (bytes, words, said) in [
        (&b"email,name\nada@example.com,M\xfcller\n"[..], vec!["x.csv", "--from", "generic-csv"], "is not UTF-8: line 2"),
        (b"\xff\xfee\0m\0a\0i\0l\0", vec!["x.csv", "--from", "generic-csv"], "is in UTF-16"),
        (b"", vec!["x.csv", "--from", "shopify"], "is empty"),
        ("email,name\na@example.com,\"Zoë\nb@example.com,Bob\n".as_bytes(), vec!["x.csv", "--from", "generic-csv"], "in line 2 is never"),
        (b"1,2,3\n", vec!["x.csv", "--from", "shopify"], "no titles of columns"),
        (b"email\n", vec!["y.csv", "--from", "shopify"], "cannot be read"),
        (b"INSERT INTO posts (id) VALUES (1);", vec!["x.sql", "--from", "drupal"], "no table users_field_data or users,"),
        (b"INSERT INTO wp_users (id) SELECT id FROM others;", vec!["x.sql", "--from", "wordpress"], "no table users,"),
        (b"email\n", vec!["x.csv", "--from", "wordpress", "--extras", "x.sql"], "no table usermeta,"),
        (b"ID,user_email\n1,boss@example.com\n", vec!["x.csv", "--from", "woocommerce"], "administrators would become customers"),
        (b"email\n", vec!["x.csv", "--from", "shopify", "--extras", "x.csv"], "Leave out --extras"),
        (b"email\n", vec!["x.csv", "--from", "prestashop", "--cookie-key-file", "nowhere.php"], "cannot be read"),
    ] {
        for name in ["x.csv", "x.sql"] {
            fs::write(folder.file(name), bytes)?;
        }
        let ended = import(&shop, &served, &folder, &words).await?;
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(ended.errors.contains(said), "{said}: {ended:?}");
        assert!(!folder.file("x.sql.report.csv").exists(), "nothing is begun: {ended:?}");
    }
    assert!(served.asked().is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_that_is_cut_off_or_has_the_customers_of_two_shops_sends_nobody() -> Outcome {
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    let served = shop.serve().await?;
    let insert = |table: &str, whose: &str| {
        let rows: Vec<_> = (1..=600).map(|number| format!("({number},'{whose}{number}@example.com')")).collect();
        format!("INSERT INTO `{table}` (`ID`,`user_email`) VALUES {};\n", rows.join(","))
    };
    let (whole, copy) = (insert("wp_users", "ada"), insert("wpstg0_users", "try"));
    for (dump, said) in [
        (&whole[..whole.len() - 9], "ends in the middle of a text"),
        (&whole[..whole.len() - 3], "ends in the middle of a row"),
        (&[whole.as_str(), &copy].concat(), "wp_users and wpstg0_users may be meant"),
    ] {
        fs::write(folder.file("shop.sql"), dump)?;
        let ended = import(&shop, &served, &folder, &["shop.sql", "--from", "wordpress"]).await?;
        assert_eq!((ended.code, ended.errors.contains(said)), (2, true), "{said}: {ended:?}");
    }
    assert!(served.asked().is_empty());

    let others = "INSERT INTO `wp_booking_users` (`id`,`email`) VALUES (1,'x');\n";
    let roles = "INSERT INTO `wp_usermeta` (`umeta_id`,`user_id`,`meta_key`,`meta_value`) VALUES (1,1,'nickname','ada');\n";
    fs::write(folder.file("shop.sql"), [others, roles, &whole].concat())?;
    let ended = import(&shop, &served, &folder, &["shop.sql", "--from", "wordpress", "--json"]).await?;
    assert_eq!((ended.code, counts(&ended.json()?)), (0, [600, 0, 0, 0]), "{ended:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_of_json_that_is_no_customer_stops_no_other() -> Outcome {
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    let served = shop.serve().await?;
    let deep = format!("{{\"email\": \"bob@example.com\", \"note\": {}{}}}", "[".repeat(100), "]".repeat(100));
    let lines = ["5", "null", "[{}]", "{}", &deep, "{\"email\": ", "{\"email\": \"ada@example.com\"}"];
    fs::write(folder.file("x.jsonl"), lines.join("\n"))?;
    let ended = import(&shop, &served, &folder, &["x.jsonl", "--from", "jsonl", "--json"]).await?;
    assert_eq!((ended.code, counts(&ended.json()?)), (0, [2, 0, 4, 1]), "{ended:?}");
    let report = fs::read_to_string(folder.file("x.jsonl.report.csv"))?;
    let told: Vec<_> = report.lines().skip(1).collect();
    let wrong = |row: u8| format!("{row},refused,,wrong_type");
    let expected = [wrong(1), wrong(2), wrong(3), "4,refused,email,required".to_owned(), "5,created,note,wrong_type".to_owned()];
    assert_eq!(told, [&expected[..], &["6,left-out,,not_json".to_owned()]].concat());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_fits_into_no_call_is_left_out_and_stops_no_other() -> Outcome {
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    let served = shop.serve().await?;
    let rows = [("ada", 600), ("bob", 600), ("eve", 1_200), ("lin", 1)]
        .map(|(name, kibibytes)| format!("{name}@example.com,{}\n", "x".repeat(kibibytes * 1_024)));
    fs::write(folder.file("wide.csv"), format!("email,note\n{}", rows.concat()))?;
    let ended = import(&shop, &served, &folder, &["wide.csv", "--from", "generic-csv", "--json"]).await?;
    assert_eq!((ended.code, counts(&ended.json()?)), (0, [3, 0, 0, 1]), "{ended:?}");
    let report = fs::read_to_string(folder.file("wide.csv.report.csv"))?;
    let told: Vec<_> = report.lines().filter(|line| line.contains("too_large")).collect();
    assert_eq!((told, served.asked().len()), (vec!["3,left-out,,too_large"], 2), "{report}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_stopped_goes_on_with_the_same_file_and_no_other() -> Outcome {
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    let served = shop.serve().await?;
    many(&folder, 1_700)?;
    let away = Served::freely(Router::new().fallback(|| async { StatusCode::SERVICE_UNAVAILABLE })).await?;
    let words = ["many.csv", "--from", "generic-csv", "--json"];
    let stopped = import(&shop, &away, &folder, &words).await?;
    assert_eq!(stopped.code, 3, "{stopped:?}");
    assert!(stopped.errors.contains("Stopped after row 0. The same command goes on from there."), "{stopped:?}");
    assert!(stopped.waits.iter().sum::<Duration>() > Duration::from_secs(300), "it was patient: {:?}", stopped.waits);

    // As an earlier run leaves it that was ended after its second batch.
    let state = |import: &str| {
        json!({"import": import, "done": 1_000, "report_bytes": 25, "counts": {
        "created": 1_000, "updated": 0, "unchanged": 0, "skipped": 0, "refused": 0, "left_out": 0}})
    };
    fs::write(folder.file("many.csv.import-state.json"), state("another").to_string())?;
    let other = import(&shop, &served, &folder, &words).await?;
    assert_eq!((other.code, other.errors.contains("is of another import")), (2, true), "{other:?}");
    let restarted = import(&shop, &served, &folder, &[&words[..], &["--restart"]].concat()).await?;
    // A call whose answer came too late on a busy machine was made twice: its rows are told as unchanged.
    let told = restarted.json()?;
    assert_eq!(told["created"].as_u64().zip(told["unchanged"].as_u64()).map(|(new, old)| new + old), Some(1_700), "{told}");
    assert_eq!((counts(&told)[1..].to_vec(), shop.table().await?.of("ACCOUNT").count()), (vec![0, 0, 0], 1_700));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_import_that_is_killed_again_and_again_loses_nobody_and_has_nobody_twice() -> Outcome {
    const CUSTOMERS: usize = 2_500;
    let (shop, folder) = (Shop::open().await?, Folder::new()?);
    let served = shop.serve().await?;
    many(&folder, CUSTOMERS)?;
    let words = ["import", "many.csv", "--from", "generic-csv", "--parallel", "2"];
    let state = folder.file("many.csv.import-state.json");
    let done = || -> u64 {
        let text = fs::read_to_string(&state).unwrap_or_default();
        serde_json::from_str::<Value>(&text).ok().and_then(|state| state["done"].as_u64()).unwrap_or(0)
    };
    let mut kills = 0;
    for until in [1, 1_000] {
        let mut process = a_process(&shop, &served, &folder, &words)?.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        while done() < until && process.try_wait()?.is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        // SIGKILL: it cannot even tidy up.
        if process.try_wait()?.is_none() {
            process.kill()?;
            kills += 1;
        }
        process.wait()?;
    }
    assert_eq!(kills, 2, "it was killed in the middle each time");
    let before = done();
    assert!((1_000..u64::try_from(CUSTOMERS)?).contains(&before), "{before}");

    let mut last = a_process(&shop, &served, &folder, &words)?;
    let ended = tokio::task::spawn_blocking(move || last.output()).await??;
    assert!(ended.status.success(), "{ended:?}");
    let table = shop.table().await?;
    assert_eq!([table.of("ACCOUNT").count(), table.of("ID").count(), table.of("PROFILE").count()], [CUSTOMERS; 3]);
    let emails: std::collections::BTreeSet<_> = table.of("ACCOUNT").map(|item| tests::text(item, "email")).collect();
    assert_eq!(emails, (0..CUSTOMERS).map(|number| format!("c{number}@example.com")).collect());
    assert!(!state.exists());
    Ok(())
}
