//! What people type, paste and export: nobody is refused for what cannot be seen, for a field that was left blank, or for the
//! settings of a keyboard.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tests::{Answer, Customer, Failure, Outcome, Shop, openapi};

use crate::{floors::sources, nonsense::bodies};

/// What phones, chat programs, spreadsheets and keyboards leave around a text.
const AROUND: [(&str, &str); 10] = [
    (" ", ""),
    ("", " "),
    ("\t", "\r\n"),
    ("\u{a0}", "\u{202f}"),
    ("\u{3000}", "\u{2003}"),
    ("\u{feff}", ""),
    ("", "\u{200b}"),
    ("\u{2060}", "\u{200d}"),
    ("\u{202a}", "\u{202c}"),
    ("\u{200e}", "\u{2069}"),
];

/// What counts as blank.
const BLANK: [&str; 5] = ["", "   ", "\u{a0}\t\n", "\u{200b}", "\u{feff}\u{2060}\u{3164}"];

fn around(text: &str) -> impl Iterator<Item = String> {
    AROUND.iter().map(move |(before, after)| format!("{before}{text}{after}"))
}

/// An address with something around it, and as keyboards of other scripts and pages with soft hyphens have it.
fn spellings(email: &str) -> impl Iterator<Item = String> {
    let wide = |character: char| char::from_u32(u32::from(character) + 0xfee0).filter(|_| character.is_ascii_graphic());
    let wide = email.chars().map(move |character| wide(character).unwrap_or(character)).collect();
    let others = [wide, email.replace('@', "＠"), email.replace('.', "。"), email.replace('@', "\u{200b}@"), email.replace('.', "\u{ad}.")];
    around(email).collect::<Vec<_>>().into_iter().chain(others)
}

async fn staff(shop: &Shop, operation: &str, body: Value) -> Answer {
    shop.ask(operation).bearer(&shop.owner_key).json(&body).send().await
}

async fn view(shop: &Shop, customer: &Customer) -> Answer {
    shop.ask("view-account").bearer(&customer.access_token()).send().await
}

async fn update(shop: &Shop, customer: &Customer, body: Value) -> Answer {
    shop.ask("update-account").bearer(&customer.access_token()).json(&body).send().await
}

#[tokio::test]
async fn an_address_is_read_without_what_is_around_it_wherever_customers_type_one() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for email in spellings("Ada@Example.com") {
        shop.wait_a_day();
        let from = |operation: &str, body: Value| shop.ask(operation).from(shop.another_network()).json(&body);
        assert_eq!(from("login", json!({"email": email, "password": ada.password})).send().await.status, 200, "{email:?}");
        assert_eq!(from("forgot-password", json!({"email": email})).send().await.status, 202, "{email:?}");
        assert_eq!(shop.mail_kinds("ada@example.com").await?[0], "reset-password", "{email:?}");
        shop.wait(60);
        assert_eq!(from("send-code", json!({"email": email})).send().await.status, 202, "{email:?}");
        assert_eq!(shop.mail_kinds("ada@example.com").await?[0], "sign-in-code", "{email:?}");
        shop.wait(60);
        assert_eq!(from("create-account", json!({"email": email})).send().await.status, 202, "{email:?}");
        assert_eq!(shop.mail_kinds("ada@example.com").await?[0], "already-registered", "{email:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_address_is_read_without_what_is_around_it_wherever_staff_and_checkouts_send_one() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.block_email("eve@example.com").await?;
    for email in spellings("Eve@Example.com") {
        let checked = staff(&shop, "block-check", json!({"email": email, "scope": "checkout"})).await;
        assert_eq!((checked.status, &checked.body["blocked"]), (200, &json!(true)), "{email:?}: {checked:?}");
        let found = staff(&shop, "find-blocks", json!({"type": "email", "value": email})).await;
        assert_eq!(found.body["blocks"].as_array().map(Vec::len), Some(1), "{email:?}");
    }
    for ip in around("192.0.2.77") {
        let checked = staff(&shop, "block-check", json!({"ip": ip, "scope": "checkout"})).await;
        assert_eq!(checked.status, 200, "{ip:?}: {checked:?}");
    }
    for (number, email) in spellings("ada@example.com").enumerate() {
        for body in [json!({"email": email}), json!({"email_prefix": email}), json!({"email_prefix": email.replace("@example.com", "@")})] {
            let found = staff(&shop, "find-accounts", body.clone()).await;
            assert_eq!(found.text("/accounts/0/account_id"), ada.account_id(), "{body}");
        }
        let order = shop.order(&format!("R-{number}"), json!({"email": email})).await;
        assert_eq!(order.status, 200, "{email:?}: {order:?}");
        let orders = shop.orders_of(json!({"email": email})).await;
        assert_eq!(orders.body["orders"].as_array().map(Vec::len), Some(number + 1), "{email:?}");
        let allowed = staff(&shop, "allow-mail", json!({"email": email, "note": "Her mailbox works."})).await;
        assert_eq!(allowed.status, 200, "{email:?}: {allowed:?}");
        let imported = staff(&shop, "import-accounts", json!({"dry_run": true, "rows": [{"email": email}]})).await;
        assert_eq!(imported.text("/rows/0/reason"), "active", "{email:?}: {imported:?}");
    }
    let sender = staff(&shop, "configure-store", json!({"revision": 0, "support_email": " help@shop.example\n"})).await;
    assert_eq!(sender.text("/support_email"), "help@shop.example", "{sender:?}");
    Ok(())
}

#[tokio::test]
async fn an_account_moves_to_an_address_with_something_around_it() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    let (challenge_id, code) = shop.challenge("ada@example.com", "change-email").await?;
    let proof = json!({"challenge_id": challenge_id, "code": code, "new_email": "\u{202a}ada@new.example\u{202c}\n"});
    let asked = shop.ask("change-email").bearer(&ada.access_token()).json(&proof).send().await;
    assert_eq!(asked.status, 202, "{asked:?}");
    assert_eq!(shop.mail_kinds("ada@new.example").await?, ["new-email-code"]);
    Ok(())
}

/// What becomes of a code on its way from a mail into a form.
type Typing = Box<dyn Fn(&str) -> String>;

#[tokio::test]
async fn a_code_is_read_however_it_was_typed_or_pasted() -> Outcome {
    let shop = Shop::open().await?;
    let from =
        |zero: char| move |code: &str| code.chars().filter_map(|digit| char::from_u32(u32::from(zero) + digit.to_digit(10)?)).collect();
    let split = |separator: &'static str| move |code: &str| format!("{}{separator}{}", &code[..3], &code[3..]);
    let mut typings: Vec<Typing> = vec![
        Box::new(|code| format!("{code}\n")),
        Box::new(|code| format!("\t{code}\r\n")),
        Box::new(|code| format!("\u{feff}{code}\u{200b}")),
        Box::new(|code| format!("\u{202a}{code}\u{202c}")),
        Box::new(|code| format!("\"{code}\".")),
        Box::new(|code| code.chars().flat_map(|digit| [digit, '\u{fe0f}', '\u{20e3}']).collect()),
        Box::new(|code| code.chars().flat_map(|digit| [digit, '\u{2060}']).collect()),
    ];
    for separator in [
        "\u{a0}",
        "\u{202f}",
        "\u{3000}",
        "\u{200b}",
        "\u{2010}",
        "\u{2011}",
        "\u{2012}",
        "–",
        "—",
        "\u{2212}",
        "－",
        "ー",
        "﹣",
        ".",
        "·",
        " \u{2013} ",
    ] {
        typings.push(Box::new(split(separator)));
    }
    for zero in ['０', '٠', '۰', '०', '০', '๐', '០', '𝟎'] {
        typings.push(Box::new(from(zero)));
    }
    for (number, typed) in (0_u32..).zip(typings) {
        let email = format!("customer-{number}@example.com");
        let sent = shop.ask("send-code").from_network(number).json(&json!({"email": email})).send().await;
        let typed = typed(&shop.code(&email).await?);
        let body = json!({"challenge_id": sent.text("/challenge_id"), "code": typed});
        assert_eq!(shop.ask("verify-code").from_network(number).json(&body).send().await.status, 200, "{typed:?}");
    }
    Ok(())
}

/// An operation with a token and a body that are right for it, and the optional fields that this leaves out and that may be a text.
struct Form {
    operation: &'static str,
    token: Option<String>,
    body: Value,
    names: Vec<String>,
}

fn optional_texts(shop: &Shop, access_token: &str) -> Result<Vec<Form>, Failure> {
    let document = openapi::document()?;
    let mut found = Vec::new();
    for (operation, token, body) in bodies(shop, access_token) {
        let described = document.operations.iter().find(|described| described.asked_as == operation).ok_or("an operation is missing")?;
        let pointer = format!("/paths/{}/{}/requestBody", described.route.path.replace('/', "~1"), described.route.method.to_lowercase());
        let schema = document.source.pointer(&format!("{pointer}/content/application~1json/schema")).ok_or("a schema is missing")?;
        let schema = resolved(&document.source, schema);
        let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let properties = schema["properties"].as_object().into_iter().flatten();
        let optional = properties.filter(|(name, property)| {
            !required.contains(&name.as_str())
                && body.get(name.as_str()).is_none()
                && may_be(&document.source, property, "string")
                && may_be(&document.source, property, "null")
        });
        let names: Vec<_> = optional.map(|(name, _)| name.clone()).collect();
        found.push(Form { operation, token, body, names });
    }
    Ok(found)
}

fn resolved<'a>(source: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema["$ref"].as_str().and_then(|reference| source.pointer(reference.trim_start_matches('#')));
    reference.unwrap_or(schema)
}

fn may_be(source: &Value, schema: &Value, kind: &str) -> bool {
    let schema = resolved(source, schema);
    let choices = ["anyOf", "oneOf", "allOf"].into_iter().flat_map(|name| schema[name].as_array().into_iter().flatten());
    let is_kind = |found: &Value| found == kind || found.as_array().is_some_and(|kinds| kinds.contains(&json!(kind)));
    is_kind(&schema["type"]) || choices.into_iter().any(|choice| may_be(source, choice, kind))
}

#[tokio::test]
async fn an_optional_text_that_is_blank_is_not_there_whichever_operation_takes_it() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let operations = optional_texts(&shop, &ada.access_token())?;
    assert!(operations.iter().map(|form| form.names.len()).sum::<usize>() > 20, "there are many");
    for Form { operation, token, body, names } in operations {
        for name in names {
            let send = |body: Value| {
                let request = shop.ask(operation).json(&body);
                token.iter().fold(request, |request, token| request.bearer(token)).send()
            };
            // A password may be made of blanks.
            let blanks = if name.ends_with("password") { &BLANK[..1] } else { &BLANK[..] };
            for blank in blanks {
                let mut with_blank = body.clone();
                with_blank[&name] = json!(blank);
                let answer = send(with_blank).await;
                let refused = ["wrong_type", "empty", "unknown_field"].contains(&answer.invalid_field().1.as_str())
                    || answer.invalid_field().0 == name;
                assert!(answer.status != 400 && !refused, "{operation} {name} {blank:?}: {answer:?}");
            }
            shop.wait_a_day();
        }
    }
    Ok(())
}

#[tokio::test]
async fn whoever_leaves_the_fields_of_a_form_blank_has_an_account_without_them() -> Outcome {
    let shop = Shop::open().await?;
    for (number, blank) in BLANK.iter().enumerate() {
        let email = format!("customer-{number}@example.com");
        let opened = shop.post("create-account", json!({"email": email, "name": blank, "locale": blank, "password": ""})).await;
        let proof = json!({"challenge_id": opened.text("/challenge_id"), "code": shop.code(&email).await?});
        let session = shop.post("verify-code", proof).await;
        assert_eq!(
            (session.status, &session.body["account"]["name"], &session.body["account"]["locale"]),
            (200, &Value::Null, &Value::Null)
        );
        let view = shop.ask("view-account").bearer(&session.text("/access_token")).send().await;
        assert_eq!(view.body["sign_in_methods"]["password"], false);
        let login = shop.post("login", json!({"email": email, "password": "a guess of it", "device_token": blank})).await;
        assert_eq!(login.status, 401, "{login:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_password_of_blanks_is_not_taken_for_none() -> Outcome {
    let shop = Shop::open().await?;
    let refused = shop.post("create-account", json!({"email": "ada@example.com", "password": "   "})).await;
    assert_eq!(refused.invalid_field(), ("password".to_owned(), "too_short".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_row_of_an_import_has_what_is_not_blank() -> Outcome {
    let shop = Shop::open().await?;
    let blank = |name: &str, blank: &str| {
        json!({"email": format!("{name}@example.com"), "external_id": blank, "name": blank, "locale": blank, "created_at": blank,
            "note": blank, "marketing_consent": {"given": true, "at": blank, "source": "Newsletter"}})
    };
    let rows: Vec<_> = BLANK.iter().enumerate().map(|(number, text)| blank(&format!("customer-{number}"), text)).collect();
    let imported = staff(&shop, "import-accounts", json!({"rows": rows, "note": " "})).await;
    assert_eq!(
        (imported.status, &imported.body["created"], &imported.body["rows"]),
        (200, &json!(BLANK.len()), &json!([])),
        "{imported:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_blank_in_a_patch_removes_what_null_would_and_nothing_else() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for blank in BLANK {
        let set = update(&shop, &ada, json!({"name": "Ada", "locale": "fr"})).await;
        assert_eq!((set.text("/name"), set.text("/locale")), ("Ada".to_owned(), "fr".to_owned()));
        let cleared = update(&shop, &ada, json!({"name": blank})).await;
        assert_eq!((cleared.status, &cleared.body["name"], cleared.text("/locale")), (200, &Value::Null, "fr".to_owned()), "{blank:?}");
        let cleared = update(&shop, &ada, json!({"locale": blank})).await;
        assert_eq!((cleared.status, &cleared.body["locale"]), (200, &Value::Null), "{blank:?}");
    }
    let settings = staff(&shop, "configure-store", json!({"revision": 0, "support_email": ""})).await;
    assert_eq!((settings.status, &settings.body["support_email"]), (200, &Value::Null));
    // A store has to have a name.
    let nameless = staff(&shop, "configure-store", json!({"revision": 1, "name": " "})).await;
    assert_eq!(nameless.invalid_field(), ("name".to_owned(), "empty".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_query_with_blank_filters_is_one_without_them() -> Outcome {
    let shop = Shop::open().await?;
    shop.customer("ada@example.com").await?;
    let query = "has_account=&type=&tag=+&status=&locale=&consent=&created_from=&created_until=&orders_at_least=&spent_at_least=&before=";
    let listed = shop.ask("list-accounts").bearer(&shop.owner_key).query(query).send().await;
    assert_eq!(listed.body["accounts"].as_array().map(Vec::len), Some(1), "{listed:?}");
    for (operation, query) in [
        ("list-blocks", "state=&type=&reason_code=&before="),
        ("list-audit", "day=&actor=&subject=&action=&before=&format="),
        ("list-keys", "after="),
        ("list-invites", "before="),
    ] {
        let listed = shop.ask(operation).bearer(&shop.owner_key).query(query).send().await;
        assert_eq!(listed.status, 200, "{operation}: {listed:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_language_that_cannot_be_read_keeps_nobody_from_signing_up() -> Outcome {
    let shop = Shop::open().await?;
    for (number, (written, read)) in (0_u32..).zip([
        ("en-US@posix", Some("en-US")),
        ("fr_FR", Some("fr-FR")),
        ("de_CH.UTF-8", Some("de-CH")),
        ("zh-Hant-TW", Some("zh-Hant-TW")),
        ("sr_RS@latin", Some("sr-RS")),
        ("fr-CH, fr;q=0.9, en;q=0.8, *;q=0.5", Some("fr-CH")),
        ("en;q=0.1,nl", Some("nl")),
        (" es\n", Some("es")),
        ("deu", Some("de")),
        ("\"fr\"", Some("fr")),
        ("ＮＬ", Some("NL")),
        ("fr-wrongsubtag", Some("fr")),
        ("C", None),
        ("POSIX", None),
        ("*", None),
        ("und", None),
        ("français", None),
        ("../../etc/passwd", None),
    ]) {
        let email = format!("customer-{number}@example.com");
        let opened = shop.ask("create-account").from_network(number).json(&json!({"email": email, "locale": written})).send().await;
        assert_eq!(opened.status, 202, "{written:?}: {opened:?}");
        let proof = json!({"challenge_id": opened.text("/challenge_id"), "code": shop.code(&email).await?});
        let session = shop.ask("verify-code").from_network(number).json(&proof).send().await;
        assert_eq!(session.body["account"]["locale"].as_str(), read, "{written:?}");
    }
    let ada = shop.customer("ada@example.com").await?;
    assert_eq!(update(&shop, &ada, json!({"locale": "nl_NL.utf8"})).await.text("/locale"), "nl-NL");
    let unreadable = update(&shop, &ada, json!({"locale": "*"})).await;
    assert_eq!((unreadable.status, &unreadable.body["locale"]), (200, &Value::Null));
    Ok(())
}

#[tokio::test]
async fn a_text_is_stored_without_the_invisible_marks_at_its_ends() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for (typed, stored) in [
        ("\u{200f}משה כהן", "משה כהן"),
        ("\u{202b}משה כהן\u{202c}", "משה כהן"),
        ("\u{2067}משה\u{2069} כהן", "משה כהן"),
        ("\u{feff}Ada\u{200b}", "Ada"),
        ("محمد \u{2066}(Mo)\u{2069} علي", "محمد \u{2066}(Mo)\u{2069} علي"),
        ("משה \u{200e}(Moe)\u{200e}", "משה \u{200e}(Moe)"),
        // What would be shown in another order than it is written in is stored as it is written.
        ("A\u{202e}da", "Ada"),
        ("A\u{202d}da\u{202c} L", "Ada L"),
        ("Ada\t\u{b}L\r\nM", "Ada  L M"),
        ("Kiss.E\u{301}va", "Kiss.E\u{301}va"),
        ("Ｊ．Ｓｍｉｔｈ", "Ｊ．Ｓｍｉｔｈ"),
        ("می\u{200c}خواهم", "می\u{200c}خواهم"),
    ] {
        assert_eq!(update(&shop, &ada, json!({"name": typed})).await.text("/name"), stored, "{typed:?}");
    }
    let street =
        json!({"country": "GB", "street": ["\u{202d}12 High St\u{202c}"], "city": "\u{200e}London", "postal_code": "SW1A 2AA\u{200b}"});
    let stored = update(&shop, &ada, json!({"shipping_address": street})).await;
    assert_eq!(
        (stored.text("/shipping_address/street/0"), stored.text("/shipping_address/city")),
        ("12 High St".to_owned(), "London".to_owned()),
        "{stored:?}"
    );
    let street = json!({"country": "GB", "street": ["12\tHigh St\r\nFlat\u{202e} 2"], "city": "London", "postal_code": "SW1A 2AA"});
    let stored = update(&shop, &ada, json!({"shipping_address": street})).await;
    assert_eq!(stored.body["shipping_address"]["street"], json!(["12 High St", "Flat 2"]), "{stored:?}");
    let annotation =
        json!({"account_id": ada.account_id(), "add_tags": ["\u{200e}VIP\u{200b}"], "note": "\u{feff}Call after six.\u{200f}"});
    let annotated = staff(&shop, "annotate-account", annotation).await;
    assert_eq!((annotated.text("/tags/0"), annotated.text("/notes/0/text")), ("vip".to_owned(), "Call after six.".to_owned()));
    assert_eq!(view(&shop, &ada).await.text("/name"), "می\u{200c}خواهم");
    Ok(())
}

#[tokio::test]
async fn a_mailbox_that_its_host_gave_out_against_the_dot_rule_can_sign_up_and_sign_in() -> Outcome {
    let shop = Shop::open().await?;
    for email in ["taro.@docomo.ne.jp", "taro..y@docomo.ne.jp", ".taro@ezweb.ne.jp", "ta..ro.@au.com"] {
        let taro = shop.customer(email).await?;
        assert_eq!(taro.session.text("/account/email"), email);
        let login = shop.post("login", json!({"email": email.to_uppercase(), "password": taro.password})).await;
        assert_eq!(login.status, 200, "{email}: {login:?}");
        let (local, host) = email.split_once('@').ok_or("an address has an @")?;
        let quoted = format!("\"{local}\"@{host}");
        assert_eq!(shop.mails(email).await?[0].headers["To"], quoted, "RFC 5321 has such a local part in quotes");
        assert_eq!(shop.post("login", json!({"email": quoted, "password": taro.password})).await.status, 200, "{quoted}");
        shop.wait_a_day();
    }
    for elsewhere in ["taro.@example.com", "taro..y@gmail.com", "taro..y@softbank.ne.jp"] {
        let refused = shop.post("send-code", json!({"email": elsewhere})).await;
        assert_eq!(refused.invalid_field(), ("email".to_owned(), "invalid_local_part".to_owned()), "{elsewhere}");
    }
    Ok(())
}

#[tokio::test]
async fn a_domain_is_one_however_its_letters_are_composed() -> Outcome {
    let shop = Shop::open().await?;
    for (typed, mailbox) in [
        ("a@ab--cd.example", "a@ab--cd.example"),
        ("a@r3---sn-x.example", "a@r3---sn-x.example"),
        ("a@vie\u{302}\u{323}t.example", "a@xn--vit-5kz.example"),
        ("b@vi\u{1ec7}t.example", "b@xn--vit-5kz.example"),
        ("a@mu\u{308}ller.example", "a@xn--mller-kva.example"),
        ("a@e\u{301}cole.example.", "a@xn--cole-9oa.example"),
        ("c@example.com.", "c@example.com"),
    ] {
        let sent = shop.post("send-code", json!({"email": typed})).await;
        assert_eq!(sent.status, 202, "{typed:?}: {sent:?}");
        assert_eq!(shop.mail_kinds(mailbox).await?, ["sign-in-code"], "{typed:?}");
    }
    Ok(())
}

#[test]
fn texts_of_people_are_trimmed_in_one_place() -> Outcome {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/src");
    let mut seen = 0;
    for floor in ["domain", "operations", "mail", "store"] {
        for path in sources(&source.join(floor))? {
            seen += 1;
            let text = fs::read_to_string(&path)?;
            // `str::trim` leaves what cannot be seen.
            let twin = [".trim()", "str::trim)", "trim_matches(char::is_whitespace"].iter().find(|twin| text.contains(**twin));
            assert_eq!(twin, None, "{}: use domain::unicode::trim", path.display());
        }
    }
    assert!(seen > 100, "the folders were read: {seen}");
    Ok(())
}
