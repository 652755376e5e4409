//! `cargo local`: starts, keeps, refuses with a way out, and leaves nothing behind.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU16, Ordering},
    time::Duration,
};

use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use local::{
    demo,
    secrets::{SIGNING_ROOT_SECRET, Secrets},
    shop::{Options, Shop},
    start_error::StartError,
    template::Template,
    timer::Timer,
};
use serde_json::{Value, json};
use shared::{
    crypto::key_ring::KeyRing,
    domain::{locale::Language, postal_address::PostalAddress},
    mail::samples::samples,
};
use tests::{Failure, Outcome};

static FOLDERS: AtomicU16 = AtomicU16::new(0);

/// A folder of its own, gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, Failure> {
        let name = format!("local-shop-{}-{}", std::process::id(), FOLDERS.fetch_add(1, Ordering::SeqCst));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// A shop in this folder, at three ports that were free a moment ago.
    fn options(&self) -> Result<Options, Failure> {
        for port in (20_000..60_000).step_by(3).skip(usize::from(FOLDERS.fetch_add(1, Ordering::SeqCst)) * 100) {
            if (port..port + 3).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
                return Ok(Options { folder: self.0.clone(), ..Options::at_port(port) });
            }
        }
        Err("no three ports in a row are free".into())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn files(&self) -> Result<Vec<String>, Failure> {
        let entries = fs::read_dir(&self.0)?.collect::<Result<Vec<_>, _>>()?;
        let mut names: Vec<_> = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        Ok(names)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn start(options: Options) -> Result<Shop, StartError> {
    Shop::start(options, |_| {}).await
}

/// Why the shop does not start.
async fn refusal(options: Options) -> Result<StartError, Failure> {
    match start(options).await {
        Ok(_) => Err("the shop has started".into()),
        Err(error) => Ok(error),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_that_is_opened_again_has_its_key_and_its_data() -> Outcome {
    let folder = Folder::new()?;
    let first = start(folder.options()?).await?;
    let key = first.owner_key.clone();
    first.end().await?;
    let size = fs::metadata(folder.file("shop.db"))?.len();

    let again = start(folder.options()?).await?;
    assert_eq!(again.owner_key, key);
    again.end().await?;
    assert!(fs::metadata(folder.file("shop.db"))?.len() >= size);

    let afresh = start(Options { reset: true, ..folder.options()? }).await?;
    assert_ne!(afresh.owner_key, key);
    afresh.end().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_that_has_ended_leaves_its_data_and_no_open_port() -> Outcome {
    let folder = Folder::new()?;
    let options = folder.options()?;
    let port = options.port;
    start(options).await?.end().await?;
    assert_eq!(folder.files()?, ["demo.env", "lock", "owner.key", "secrets.json", "shop.db", "table.json"]);
    for port in port..port + 3 {
        TcpListener::bind(("127.0.0.1", port))?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_rotates_its_signing_roots_on_demand_and_keeps_them() -> Outcome {
    let folder = Folder::new()?;
    let options = folder.options()?;
    let running = start(options.clone()).await?;
    let secrets = options.services().clients().secrets_manager;
    secrets.rotate_secret().secret_id("vestibule/signing-root").send().await?;
    let kept = folder.file("secrets.json");
    let current = || Secrets::in_file(&kept).ok().and_then(|secrets| secrets.current(SIGNING_ROOT_SECRET)).unwrap_or_default();
    for _ in 0..100 {
        if current().contains("signs_from") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let index_key = secrets.rotate_secret().secret_id("vestibule/index-key").send().await;
    assert_eq!(index_key.err().and_then(|error| error.code().map(str::to_owned)), Some("InvalidRequestException".to_owned()));
    running.end().await?;
    assert_eq!(KeyRing::parse(&current())?.ids().count(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_in_memory_leaves_nothing() -> Outcome {
    let folder = Folder::new()?;
    let shop = start(Options { memory: true, ..folder.options()? }).await?;
    assert_eq!(folder.files()?, ["demo.env", "services.env"], "for scripts, while it runs");
    shop.end().await?;
    assert_eq!(folder.files()?, Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_taken_is_named_with_another() -> Outcome {
    let folder = Folder::new()?;
    let options = folder.options()?;
    let _taken = TcpListener::bind(("127.0.0.1", options.port + 1))?;
    let error = refusal(Options { memory: true, ..options.clone() }).await?;
    assert!(matches!(error, StartError::PortInUse { port, .. } if port == options.port + 1));
    assert!(error.to_string().contains("cargo local --port"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_data_is_left_alone_and_the_way_out_is_told() -> Outcome {
    for name in ["shop.db", "inbox.jsonl", "secrets.json"] {
        let folder = Folder::new()?;
        start(folder.options()?).await?.end().await?;
        let damaged = [b"{ not what it was ".repeat(400), vec![0; 4_000]].concat();
        fs::write(folder.file(name), &damaged)?;

        let error = refusal(folder.options()?).await?;
        assert!(matches!(&error, StartError::Data { path, .. } if path.ends_with(name)), "{error}");
        assert!(error.to_string().contains("cargo local --reset"));
        assert_eq!(fs::read(folder.file(name))?, damaged);

        start(Options { reset: true, ..folder.options()? }).await?.end().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_of_another_version_of_the_table_is_left_alone() -> Outcome {
    let folder = Folder::new()?;
    start(folder.options()?).await?.end().await?;
    fs::write(folder.file("table.json"), r#"{"TableName": "vestibule"}"#)?;
    assert!(matches!(refusal(folder.options()?).await?, StartError::Data { .. }));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_shops_do_not_open_the_same_data() -> Outcome {
    let folder = Folder::new()?;
    let first = start(folder.options()?).await?;
    let error = refusal(folder.options()?).await?;
    assert!(matches!(error, StartError::DataInUse { .. }), "{error}");
    first.end().await?;
    start(folder.options()?).await?.end().await?;
    Ok(())
}

#[test]
fn every_country_of_the_demo_page_has_rules_for_its_addresses() -> Outcome {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/local/web/countries.js"))?;
    let (_, list) = page.split_once('`').ok_or("no list")?;
    let countries: Vec<_> = list.split('`').next().unwrap_or_default().split_whitespace().collect();
    assert!(countries.len() > 200);
    for country in countries {
        let refused = serde_json::from_value::<PostalAddress>(json!({"country": country})).unwrap_err();
        assert_eq!(refused.to_string(), "street_required", "{country}");
    }
    Ok(())
}

/// The status line and the rest of what the shop answers.
fn get(port: u16, path: &str) -> Result<(String, String), Failure> {
    send(port, &format!("GET {path}"), "", "")
}

fn send(port: u16, what: &str, headers: &str, body: &str) -> Result<(String, String), Failure> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    let length = body.len();
    write!(stream, "{what} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (status, rest) = answer.split_once("\r\n").ok_or("no answer")?;
    Ok((status.to_owned(), rest.to_owned()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_mail_can_be_looked_at_in_every_language() -> Outcome {
    let folder = Folder::new()?;
    let options = Options { memory: true, services_only: true, ..folder.options()? };
    let port = options.inbox().port();
    let shop = start(options).await?;

    assert_eq!(get(port, "/mails")?.0, "HTTP/1.1 200 OK");
    let (_, list) = get(port, "/mails.json")?;
    let list: Vec<Value> = serde_json::from_str(list.split_once("\r\n\r\n").ok_or("no body")?.1)?;
    for language in Language::ALL {
        for sample in samples() {
            let (tag, name) = (language.tag(), sample.name);
            let mail = sample.render(language)?;
            let listed = list.iter().find(|mail| mail["language"] == tag && mail["name"] == name).ok_or(name)?;
            assert_eq!((listed["subject"].as_str(), listed["text"].as_str()), (Some(&*mail.subject), Some(&*mail.text)));
            let (status, answer) = get(port, &format!("/mails/{tag}/{name}.html"))?;
            assert_eq!(status, "HTTP/1.1 200 OK", "{tag}/{name}");
            assert!(answer.ends_with(&mail.html) && answer.contains("default-src 'none'"), "{tag}/{name}");
        }
    }
    assert!(get(port, "/mails/de/sign-in-code.html?dark=true")?.1.contains("@media all {"));
    assert!(get(port, "/mails/de/sign-in-code.html?dark=false")?.1.contains("@media not all {"));
    assert_eq!(get(port, "/mails/de/nothing.html")?.0, "HTTP/1.1 404 Not Found");
    shop.end().await?;
    Ok(())
}

/// What the operator is answered by the one call of Lambda's API that there is.
fn invoke(port: u16, function: &str, order: &str) -> Result<(String, Value), Failure> {
    let (status, rest) = send(port, &format!("POST /2015-03-31/functions/{function}/invocations"), "", order)?;
    let (_, body) = rest.split_once("\r\n\r\n").ok_or("no body")?;
    Ok((status, serde_json::from_str(body)?))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_opens_another_store_on_a_laptop_as_on_aws() -> Outcome {
    let folder = Folder::new()?;
    let options = Options { memory: true, ..folder.options()? };
    let port = options.port;
    let shop = start(options.clone()).await?;
    let order = demo::order("second", options.api(), options.inbox()).to_string();

    let (status, made) = invoke(port, "create-store", &order)?;
    assert_eq!((status.as_str(), &made["store"]), ("HTTP/1.1 200 OK", &json!("second")));
    let bearer = format!("authorization: Bearer {}\r\n", made["owner_key"]["key"].as_str().ok_or("no key")?);
    assert_eq!(send(port, "GET /second/admin/list-keys", &bearer, "")?.0, "HTTP/1.1 200 OK");
    assert_eq!(send(port, "GET /demo/admin/list-keys", &bearer, "")?.0, "HTTP/1.1 401 Unauthorized");

    let (status, again) = invoke(port, "create-store", &order)?;
    assert_eq!((status.as_str(), &again["code"]), ("HTTP/1.1 200 OK", &json!("conflict")), "the function has answered");
    assert_eq!(invoke(port, "create-store", "{")?.0, "HTTP/1.1 400 Bad Request");
    assert_eq!(invoke(port, "login", "{}")?.0, "HTTP/1.1 404 Not Found", "what has a route is asked by it");
    shop.end().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_that_is_opened_on_other_ports_has_its_pages_there() -> Outcome {
    let folder = Folder::new()?;
    start(folder.options()?).await?.end().await?;
    let options = folder.options()?;
    let port = options.port;
    let shop = start(options).await?;
    let body = r#"{"email": "ada@example.com"}"#;
    assert_eq!(send(port, "POST /demo/send-code", "content-type: application/json\r\n", body)?.0, "HTTP/1.1 202 Accepted");
    let mails = (0..100).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        get(port, "/inbox.json").ok().filter(|(_, mails)| mails.contains("ada@example.com"))
    });
    let (_, mails) = mails.ok_or("no mail has come")?;
    assert!(mails.contains(&format!("http://127.0.0.1:{port}/")), "{mails}");
    shop.end().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_or_broken_template_is_told() -> Outcome {
    let folder = Folder::new()?;
    let missing = Options { template: folder.file("nowhere.yaml"), ..folder.options()? };
    let error = refusal(missing).await?;
    assert!(matches!(error, StartError::TemplateMissing { .. }) && error.to_string().contains("git checkout"));

    fs::write(folder.file("broken.yaml"), "Resources: [")?;
    let broken = Options { template: folder.file("broken.yaml"), ..folder.options()? };
    assert!(matches!(refusal(broken).await?, StartError::Template(_)));
    Ok(())
}

#[tokio::test]
async fn what_the_template_has_a_schedule_for_is_started_by_the_clock_of_this_machine() -> Outcome {
    let shop = tests::Shop::open().await?;
    shop.brought_along("ada@example.com").await?;
    shop.invite(json!({"audience": "all"})).await?;
    let timer = Timer::new(&Template::read(&Template::path())?)?;
    let invited = async {
        while shop.mails("ada@example.com").await?.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok::<_, Failure>(())
    };
    tokio::select! {
        () = timer.run(shop.functions.clone()) => Err("the clock has stopped".into()),
        invited = tokio::time::timeout(Duration::from_secs(60), invited) => invited?,
    }
}
