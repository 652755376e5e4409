//! The demo store's pages, the inbox and the previews.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::Value;
use shared::domain::locale::Language;

use crate::{
    inbox::{Inbox, InboxMail},
    previews::{self, Preview, Scheme},
};

/// The pages load nothing from anywhere else and run no script that does not come with them.
const PAGE_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-src 'self'; img-src 'self' data:; \
                           base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// A mail is shown as a mail reader would: with its own styles, without scripts, and in the inbox's frame alone.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! file {
    ($router:ident, $path:literal, $type:expr, $file:literal) => {
        $router.route($path, get(|| async { page($type, include_str!(concat!("../web/", $file))) }))
    };
}

/// The demo store: what its customers see.
pub fn demo_store(demo: Value) -> Router {
    let router = Router::new().route("/demo.json", get(|| async { Json(demo) }));
    let router = file!(router, "/", HTML, "shop.html");
    let router = file!(router, "/reset-password", HTML, "reset.html");
    let router = file!(router, "/assets/shop.js", SCRIPT, "shop.js");
    let router = file!(router, "/assets/account.js", SCRIPT, "account.js");
    let router = file!(router, "/assets/addresses.js", SCRIPT, "addresses.js");
    let router = file!(router, "/assets/code-step.js", SCRIPT, "code-step.js");
    let router = file!(router, "/assets/countries.js", SCRIPT, "countries.js");
    let router = file!(router, "/assets/deletion.js", SCRIPT, "deletion.js");
    let router = file!(router, "/assets/sessions.js", SCRIPT, "sessions.js");
    let router = file!(router, "/assets/signed-in.js", SCRIPT, "signed-in.js");
    let router = file!(router, "/assets/views.js", SCRIPT, "views.js");
    file!(router, "/assets/reset.js", SCRIPT, "reset.js")
}

/// The inbox: every mail as its reader sees it.
pub fn inbox(inbox: Inbox) -> Router {
    let router = Router::new().route("/inbox.json", get(list).delete(empty)).route("/inbox/{file}", get(mail)).with_state(inbox);
    let router = file!(router, "/inbox", HTML, "inbox.html");
    let router = file!(router, "/assets/inbox.js", SCRIPT, "inbox.js");
    let router = file!(router, "/assets/api.js", SCRIPT, "api.js");
    let router = file!(router, "/assets/ui.js", SCRIPT, "ui.js");
    file!(router, "/assets/style.css", "text/css; charset=utf-8", "style.css")
}

/// The previews: every mail in every language, in no customer's name.
pub fn previews() -> Router {
    let router = Router::new().route("/mails.json", get(samples)).route("/mails/{language}/{file}", get(sample));
    let router = file!(router, "/mails", HTML, "mails.html");
    file!(router, "/assets/mails.js", SCRIPT, "mails.js")
}

async fn samples() -> Result<Json<Vec<Preview>>, (StatusCode, String)> {
    previews::all().map(Json).map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, shared::telemetry::chain(&error)))
}

async fn sample(Path((language, file)): Path<(Language, String)>, Query(scheme): Query<Scheme>) -> Response {
    let html = file.strip_suffix(".html").and_then(|name| previews::html(language, name, scheme));
    match html {
        Some(html) => answer(HTML, MAIL_POLICY, html),
        None => (StatusCode::NOT_FOUND, "There is no such mail.").into_response(),
    }
}

async fn list(State(inbox): State<Inbox>) -> Json<Vec<InboxMail>> {
    Json(inbox.newest_first())
}

async fn empty(State(inbox): State<Inbox>) -> Response {
    match inbox.empty() {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("the inbox's file cannot be removed: {error}")).into_response(),
    }
}

async fn mail(State(inbox): State<Inbox>, Path(file): Path<String>) -> Response {
    let mail = file.strip_suffix(".html").and_then(|id| inbox.newest_first().into_iter().find(|mail| mail.id == id));
    match mail {
        // Links open in the whole window, not in the frame.
        Some(mail) => answer(HTML, MAIL_POLICY, mail.html.replacen("<head>", "<head><base target=\"_top\">", 1)),
        None => (StatusCode::NOT_FOUND, "There is no such mail; the inbox may have been emptied.").into_response(),
    }
}

fn page(content_type: &'static str, body: &'static str) -> Response {
    answer(content_type, PAGE_POLICY, body.to_owned())
}

fn answer(content_type: &'static str, policy: &'static str, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, body).into_response()
}
