//! Mails in a shop's own words: what can be said, what cannot, and that a mail is sent whatever becomes of them.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use shared::{domain::own_letter::LetterKind, mail::samples::samples};
use tests::{Answer, Failure, Outcome, Shop};

async fn word(shop: &Shop, templates: Value) -> Result<Answer, Failure> {
    let patch = json!({"revision": shop.settings().await?.revision, "mail_templates": templates});
    Ok(shop.ask("configure-store").bearer(&shop.owner_key).json(&patch).send().await)
}

/// What is wrong with a draft of the mail with the code.
async fn flaws(shop: &Shop, draft: Value) -> Vec<Value> {
    let answer = shop
        .ask("preview-mail")
        .bearer(&shop.owner_key)
        .json(&json!({"kind": "sign-in-code", "language": "en", "draft": draft}))
        .send()
        .await;
    assert_eq!(answer.refusal(), (422, "invalid_field".to_owned()), "{draft}: {answer:?}");
    answer.body["errors"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_mail_is_sent_in_the_shops_own_words_at_once_and_in_the_houses_again_at_once() -> Outcome {
    let shop = Shop::open().await?;
    let own = json!({"subject": "Ihr Code", "body": "Moin!\n\n{{ code }}\n\nGilt {{ minutes }} Minuten."});
    let set = word(&shop, json!({"sign-in-code": {"de": own, "en": {"subject": "Knock knock"}}})).await?;
    assert_eq!((set.status, &set.body["mail_templates"]["sign-in-code"]["de"]), (200, &own), "{set:?}");
    assert_eq!(shop.ask("view-store").bearer(&shop.owner_key).send().await.body, set.body);

    shop.post("send-code", json!({"email": "ada@example.com"})).await;
    let mail = shop.mails("ada@example.com").await?.remove(0);
    assert_eq!(mail.subject, "Knock knock");
    assert!(mail.text.contains("would like to sign in"), "the body is the house's: {}", mail.text);

    let german = json!({"revision": 1, "language": "de"});
    assert_eq!(shop.ask("configure-store").bearer(&shop.owner_key).json(&german).send().await.status, 200);
    shop.post("send-code", json!({"email": "grace@example.com"})).await;
    let mail = shop.mails("grace@example.com").await?.remove(0);
    let code = shop.code("grace@example.com").await?;
    assert_eq!(mail.subject, "Ihr Code");
    assert!(mail.text.starts_with(&format!("Moin!\n\n{code}\n\nGilt 10 Minuten.\n\n")), "{}", mail.text);
    assert!(mail.html.contains("Moin!") && mail.html.contains(&code) && mail.html.contains("<p class=\"code\""));

    let reset = word(&shop, json!({"sign-in-code": {"de": null}})).await?;
    assert_eq!(reset.body["mail_templates"], json!({"sign-in-code": {"en": {"subject": "Knock knock"}}}));
    shop.post("send-code", json!({"email": "carol@example.com"})).await;
    assert_ne!(shop.mails("carol@example.com").await?.remove(0).subject, "Ihr Code");
    assert_eq!(word(&shop, json!({"sign-in-code": null})).await?.body["mail_templates"], json!({}));
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_part_its_line_and_its_name() -> Outcome {
    let shop = Shop::open().await?;
    let wrong = flaws(&shop, json!({"body": "Hello {{ nmae }},\n\n{{ code }}\n{{ validity.count }}"})).await;
    assert_eq!(
        wrong,
        [
            json!({"field": "draft.body", "code": "unknown_variable", "line": 1, "detail": "nmae"}),
            json!({"field": "draft.body", "code": "unknown_variable", "line": 4, "detail": "validity.count"}),
        ]
    );
    let wrong = flaws(&shop, json!({"body": "{{ code }}\n{% if name %}\nHello"})).await;
    assert_eq!(
        (&wrong[0]["code"], &wrong[0]["field"], wrong[0]["line"].is_u64()),
        (&json!("syntax"), &json!("draft.body"), true),
        "{wrong:?}"
    );
    let saved = word(&shop, json!({"reset-password": {"en": {"body": "No link."}}})).await?;
    assert_eq!(saved.invalid_field(), ("mail_templates.reset-password.en.body".to_owned(), "link_missing".to_owned()), "{saved:?}");
    assert_eq!(shop.settings().await?.revision, 0);
    Ok(())
}

#[tokio::test]
async fn what_could_take_long_grow_large_or_look_elsewhere_is_refused_by_what_it_is() -> Outcome {
    let shop = Shop::open().await?;
    for hostile in [
        "{% for a in range(1000000000) %}x{% endfor %}",
        "{% set a = code %}",
        "{% set a %}{{ code }}{% endset %}",
        "{% macro m() %}{{ m() }}{% endmacro %}",
        "{% include \"letter.txt\" %}",
        "{% extends \"layout.txt\" %}",
        "{% import \"elements.txt\" as e %}",
        "{% from \"elements.txt\" import code %}",
        "{% block aside %}{% endblock %}",
        "{% endblock %}{% block aside %}{% endblock %}",
        "{% filter upper %}x{% endfilter %}",
        "{% autoescape false %}x{% endautoescape %}",
        "{% with a = code %}{{ a }}{% endwith %}",
        "{% do range(10) %}",
        "{{ \"a\" * 1000000000 }}",
        "{{ [1] * 1000000000 }}",
        "{{ 9 ** 999999999 }}",
        "{{ range(1000000000) }}",
        "{{ [[code]] }}",
        "{{ {\"a\": code} }}",
        "{{ code[0] }}",
        "{{ code[::-1] }}",
        "{{ code.__class__ }}",
        "{{ code.upper() }}",
        "{{ self.aside() }}",
        "{{ super() }}",
        "{{ debug() }}",
        "{{ code|indent(1000000000) }}",
        "{{ code|replace(\"4\", \"5\") }}",
        "{{ code|safe }}",
        "{{ code is defined }}",
        "{{ -minutes }}",
        "{{ form }}{{ kind }}{{ own }}",
    ] {
        let wrong = flaws(&shop, json!({"body": format!("{{{{ code }}}}\n\n{hostile}")})).await;
        let codes: Vec<_> = wrong.iter().filter_map(|flaw| flaw["code"].as_str()).collect();
        assert!(codes.iter().all(|code| ["not_allowed", "unknown_variable", "syntax"].contains(code)), "{hostile}: {codes:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_expression_is_never_nested_so_deeply_that_reading_it_ends_the_process() -> Outcome {
    let shop = Shop::open().await?;
    let nested = |open: &str, middle: &str, close: &str, times: usize| format!("{}{middle}{}", open.repeat(times), close.repeat(times));
    for hostile in [
        format!("{{{{ {}name }}}}", "not ".repeat(1_400)),
        format!("{{% if {}name %}}x{{% endif %}}", "not ".repeat(1_400)),
        format!("{{{{ {} }}}}", nested("(", "name", ")", 1_400)),
        format!("{{{{ name{} }}}}", " ~ name".repeat(800)),
        format!("{{{{ name{} }}}}", " and name".repeat(600)),
        format!("{{{{ name{} }}}}", ".a".repeat(2_500)),
        format!("{{{{ name{} }}}}", "|trim".repeat(1_100)),
        format!("{{{{ name{} }}}}", "[0]".repeat(1_800)),
        format!("{{{{ {}1 }}}}", "-".repeat(5_000)),
        format!("{{{{ name{} }}}}", " if name".repeat(600)),
        format!("{{{{ {}name }}}}", "name if name else ".repeat(300)),
        format!("{{{{ \"}}}}\" ~ {}name }}}}", "not ".repeat(1_400)),
        nested("{% if name %}", "x", "{% endif %}", 240),
        format!("{{% if name %}}{}{{% endif %}}", "{% elif name %}".repeat(380)),
        format!("{{{{ {}", "not ".repeat(1_400)),
    ] {
        let wrong = flaws(&shop, json!({"body": format!("{{{{ code }}}}\n\n{hostile}")})).await;
        assert!(["not_allowed", "syntax"].iter().any(|code| wrong[0]["code"] == **code), "{}: {wrong:?}", &hostile[..40]);
    }
    // As deep as it may be, and what somebody may want to say, which is far from that.
    let deepest = format!(
        "{{{{ code }}}}{}",
        nested("{% if not (not (not name)) %}", &format!("{{{{ {}name }}}}", "not ".repeat(48)), "{% endif %}", 50)
    );
    let plain = "{{ code }}{% if name and not support_email and minutes > 5 %}{% if not (name == \"Ada\") %}Hello {{ name|trim|title }}{% endif %}{% endif %}";
    for body in [deepest.as_str(), plain] {
        let draft = json!({"kind": "sign-in-code", "language": "en", "draft": {"body": body}});
        let preview = shop.ask("preview-mail").bearer(&shop.owner_key).json(&draft).send().await;
        assert_eq!(preview.status, 200, "{preview:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_mail_says_what_it_is_for_and_leads_nowhere_else() -> Outcome {
    let shop = Shop::open().await?;
    for (draft, field, code) in [
        (json!({"body": "No code today."}), "draft.body", "code_missing"),
        (json!({"body": "{% if name %}{{ code }}{% endif %}"}), "draft.body", "code_missing"),
        (json!({"subject": "Your code: {{ code }}"}), "draft.subject", "code_in_subject"),
        (json!({"subject": "{{ support_email if not support_email }}"}), "draft.subject", "empty"),
        (json!({"subject": "See https://evil.example"}), "draft.subject", "link_not_allowed"),
        (json!({"body": "{{ code }} https://evil.example/"}), "draft.body", "link_not_allowed"),
        (json!({"body": "{{ code }} {{ shop_url }}evil"}), "draft.body", "link_not_allowed"),
        (json!({"body": "{{ code }} {{ \"ht\" ~ \"tps:\" ~ \"//evil.example\" }}"}), "draft.body", "link_not_allowed"),
        (json!({"body": "{{ code }} WWW.evil.example"}), "draft.body", "link_not_allowed"),
        (json!({"body": "{{ code }} evil.example/login"}), "draft.body", "link_not_allowed"),
        (json!({"body": "{{ code }} {{ shop }}.evil.example"}), "draft.body", "link_not_allowed"),
        (json!({"subject": "evil.example"}), "draft.subject", "link_not_allowed"),
        (json!({"body": "{{ code }} mailto:eve@evil.example"}), "draft.body", "link_not_allowed"),
        (json!({"body": "[Sign in](https://evil.example) {{ code }}"}), "draft.body", "link_not_allowed"),
        // The same in the writing of other keyboards, and with characters in it that cannot be seen.
        (json!({"body": "{{ code }} evil。com"}), "draft.body", "link_not_allowed"),
        (json!({"body": "{{ code }} evil｡com"}), "draft.body", "link_not_allowed"),
        (json!({"body": "{{ code }} ｅｖｉｌ．ｃｏｍ"}), "draft.body", "link_not_allowed"),
        (json!({"body": "{{ code }} evil\u{200b}.com"}), "draft.body", "link_not_allowed"),
        (json!({"body": "{{ code }} evil.\u{2060}com"}), "draft.body", "link_not_allowed"),
        (json!({"body": "{{ code }} ev\u{ad}il.c\u{fe0f}om"}), "draft.body", "link_not_allowed"),
        (json!({"body": "{{ code }} evil{{ \".\" }}com"}), "draft.body", "link_not_allowed"),
        (json!({"body": "{{ code }} http：／／evil"}), "draft.body", "link_not_allowed"),
        (json!({"body": "{{ code }} mailto：eve"}), "draft.body", "link_not_allowed"),
        (json!({"body": "{{ code }} 192.0.2.7/login"}), "draft.body", "link_not_allowed"),
        (json!({"body": "{{ code }} １９２。０。２。７"}), "draft.body", "link_not_allowed"),
        (json!({"body": "{{ code }} [2001:db8::7]"}), "draft.body", "link_not_allowed"),
        (json!({"subject": "evil。com"}), "draft.subject", "link_not_allowed"),
        (json!({"subject": "Hi\r\nBcc: eve@evil.example"}), "draft.subject", "link_not_allowed"),
        (json!({"subject": "192.0.2.7"}), "draft.subject", "link_not_allowed"),
        (json!({"subject": "=?utf-8?q?evil=2Ecom?="}), "draft.subject", "link_not_allowed"),
        (json!({"subject": "Hi =?UTF-8?B?ZXZpbC5jb20=?="}), "draft.subject", "link_not_allowed"),
        (json!({"subject": "={{ \"?\" }}utf-8?q?evil=2Ecom?="}), "draft.subject", "link_not_allowed"),
        (json!({"subject": "=\u{200b}?utf-8?q?evil=2Ecom?="}), "draft.subject", "link_not_allowed"),
    ] {
        let wrong = flaws(&shop, draft.clone()).await;
        assert_eq!((&wrong[0]["field"], &wrong[0]["code"]), (&json!(field), &json!(code)), "{draft}");
    }
    for (draft, field, code) in [
        (json!({"subject": ""}), "draft.subject", "empty"),
        (json!({"subject": "a".repeat(201)}), "draft.subject", "too_long"),
        (json!({"subject": "Hi\u{7}"}), "draft.subject", "invalid_characters"),
        (json!({"body": "a".repeat(6001)}), "draft.body", "too_long"),
        (json!({"body": "{{ code }}\u{7}x"}), "draft.body", "invalid_characters"),
        (json!({"footer": "Bye"}), "", "unknown_field"),
    ] {
        let wrong = flaws(&shop, draft.clone()).await;
        assert_eq!((&wrong[0]["field"], &wrong[0]["code"]), (&json!(field), &json!(code)), "{draft}");
    }
    Ok(())
}

#[tokio::test]
async fn a_shop_that_is_called_like_a_part_of_its_page_can_lead_to_it() -> Outcome {
    let shop = Shop::open().await?;
    let named = json!({"revision": 0, "name": "shop", "urls": {"home": "https://shop.example/"}});
    assert_eq!(shop.ask("configure-store").bearer(&shop.owner_key).json(&named).send().await.status, 200);
    let own = json!({"body": "{{ code }} for {{ shop }}\n\n{{ shop_url }}"});
    let set = word(&shop, json!({"sign-in-code": {"en": own}})).await?;
    assert_eq!(set.status, 200, "{set:?}");
    let wrong = flaws(&shop, json!({"body": "{{ code }} https://eshop.example/"})).await;
    assert_eq!(wrong[0]["code"], "link_not_allowed");
    Ok(())
}

#[tokio::test]
async fn whatever_is_written_stays_text() -> Outcome {
    let shop = Shop::open().await?;
    let draft = json!({
        "subject": "{{ \"a\\r\\nBcc: eve\" }} <script>",
        "body": "<script>alert(1)</script> & <p class=\"x\">\n\n{{ code }}\n\n<p style=\"x\">{{ name }}</p>\n\n<a href=\"x\" onclick=\"x\">x</a>",
    });
    let body = json!({"kind": "sign-in-code", "language": "en", "draft": draft});
    let seen = shop.ask("preview-mail").bearer(&shop.owner_key).json(&body).send().await;
    let html = seen.text("/previews/0/html");
    assert_eq!(seen.status, 200, "{seen:?}");
    assert!(html.contains("&lt;script&gt;alert(1)") && html.contains("&lt;p style=&quot;x&quot;&gt;Ada Lovelace"), "{html}");
    assert!(!html.contains("<script") && !html.contains("<p class=\"x\"") && !html.contains("onclick=\"x\""), "{html}");
    assert!(!seen.text("/previews/0/subject").contains(char::is_control), "{seen:?}");
    Ok(())
}

#[tokio::test]
async fn a_template_that_has_become_useless_keeps_no_mail_waiting() -> Outcome {
    let shop = Shop::open().await?;
    let own = json!({"subject": "Mine", "body": "{{ code }}"});
    assert_eq!(word(&shop, json!({"sign-in-code": {"en": own}})).await?.status, 200);
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let map = |entries: &[(&str, AttributeValue)]| {
        AttributeValue::M(entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    };
    let broken = [
        map(&[("body", text("{{ nothing }}"))]),
        map(&[("body", text("{% for"))]),
        map(&[("body", text("No code any more."))]),
        map(&[("body", text("{{ code }} https://evil.example/"))]),
        map(&[("body", AttributeValue::N("7".to_owned()))]),
        text("not a letter"),
    ];
    for (number, letter) in broken.into_iter().enumerate() {
        let mut item = shop.table().await?.0.into_iter().find(|item| tests::text(item, "sk") == "sign-in-code#en").ok_or("no template")?;
        item.insert("letter".to_owned(), letter);
        shop.dynamodb().put_item().table_name(shop.table_name()).set_item(Some(item)).send().await?;
        let email = format!("a{number}@example.com");
        shop.post("send-code", json!({"email": email})).await;
        let mail = shop.mails(&email).await?.into_iter().next().ok_or_else(|| format!("no mail came, {number}"))?;
        assert_eq!(mail.subject, "Your code to sign in at Demo store", "{number}");
        assert!(!mail.text.contains("evil"));
    }
    Ok(())
}

#[tokio::test]
async fn the_words_of_one_shop_are_not_those_of_another() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    word(&shop, json!({"sign-in-code": {"en": {"subject": "Mine"}}})).await?;
    shop.ask("send-code").at("other").json(&json!({"email": "ada@example.com"})).send().await;
    assert_ne!(shop.mails("ada@example.com").await?.remove(0).subject, "Mine");
    Ok(())
}

#[test]
fn every_kind_of_mail_can_be_worded() {
    let known: std::collections::BTreeSet<_> = LetterKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(samples().iter().map(|sample| sample.mail.letter.kind()).collect::<std::collections::BTreeSet<_>>(), known);
}
