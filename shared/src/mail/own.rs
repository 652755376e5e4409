//! Mails in a shop's own words: read, written and judged.
//!
//! A shop's template is plain text with values and conditions in it, and nothing else: what could take long, grow large or
//! look elsewhere (loops, sets, macros, includes, arithmetic) is refused by what it is, before anything is run. It never is
//! HTML: its paragraphs are escaped like any other text. Whatever it says, the house's own frame stays around it: the shop's
//! name, and what to do for somebody who has not asked for the mail.

use std::collections::BTreeSet;

use minijinja::{
    Environment, Error, UndefinedBehavior, Value, context,
    machinery::{
        ast::{BinOpKind, Expr, Stmt, UnaryOpKind},
        parse,
    },
    syntax::SyntaxConfig,
    value::ValueKind,
};

use super::{
    render::{Key, Rendered},
    samples::{self, Sample, samples},
    templates::{Form, STEPS_AT_MOST, fill, paragraphs},
    values::{link, values},
};
use crate::domain::{
    announcement::Announcement,
    email_address::EmailAddress,
    locale::Language,
    mail::{Letter, Mail},
    own_letter::{LetterKind, OwnLetter},
    person_name::PersonName,
    shop::Shop,
    text::names_a_host,
};

/// Why a template cannot be used, for whoever has written it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// In which part: `subject` or `body`.
    pub part: &'static str,
    /// Why: a stable word.
    pub code: &'static str,
    /// In which line, if in one.
    pub line: Option<usize>,
    /// What it is about.
    pub detail: Option<String>,
}

impl Flaw {
    const fn of(part: &'static str, code: &'static str) -> Self {
        Self { part, code, line: None, detail: None }
    }

    fn at(part: &'static str, code: &'static str, line: u16, detail: impl Into<String>) -> Self {
        Self { part, code, line: Some(usize::from(line)), detail: Some(detail.into()) }
    }

    fn failed(part: &'static str, code: &'static str, error: &Error) -> Self {
        Self { part, code, line: error.line(), detail: error.detail().map(str::to_owned) }
    }
}

/// More than the longest template writes with the longest values.
const CHARACTERS_AT_MOST: usize = 20_000;
/// What changes the look of a value, and not its length.
const FILTERS: [&str; 5] = ["capitalize", "lower", "title", "trim", "upper"];

/// The names that the templates of a kind of mail may use, with a dot for what is a part of another.
#[must_use]
pub fn variables(kind: LetterKind, shop: &Shop) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for Sample { mail, key, .. } in samples_of(kind) {
        let key = key.in_letter_of(shop, &mail.letter);
        let values = values(&mail, shop, shop.language, &key);
        for name in values.try_iter().into_iter().flatten() {
            let value = values.get_item(&name).unwrap_or_default();
            let parts = if value.kind() == ValueKind::Map { value.try_iter().ok() } else { None };
            known.extend(parts.into_iter().flatten().map(|part| format!("{name}.{part}")));
            known.insert(name.to_string());
        }
    }
    known
}

/// Writes every sample of a kind of mail in this language, in the shop's own words.
///
/// # Errors
/// Every [`Flaw`].
pub fn preview(
    kind: LetterKind,
    language: Language,
    shop: &Shop,
    own: Option<&OwnLetter>,
) -> Result<Vec<(&'static str, Rendered)>, Vec<Flaw>> {
    let written = samples_of(kind).map(|Sample { name, mail, key, .. }| {
        let key = key.in_letter_of(shop, &mail.letter);
        Ok((name, write(&mail, shop, language, &key, own)?))
    });
    written.collect()
}

/// The samples of a kind, but for those that show another shop.
fn samples_of(kind: LetterKind) -> impl Iterator<Item = Sample> {
    let shop = samples::shop();
    samples().into_iter().filter(move |sample| sample.mail.letter.kind() == kind.as_str() && sample.shop == shop)
}

/// Writes a mail in a shop's own words, as far as it has any.
///
/// # Errors
/// Every [`Flaw`] of the template; one of neither part if it is the house's own that fails.
pub fn write(mail: &Mail, shop: &Shop, language: Language, key: &Key, own: Option<&OwnLetter>) -> Result<Rendered, Vec<Flaw>> {
    let values = values(mail, shop, language, key);
    let own = own.map(|own| Written::of(own, mail, shop, key, &values)).transpose()?.map(Value::from);
    let fill = |form| {
        let filled = fill(language, mail.letter.kind(), form, &values, own.as_ref());
        filled.map_err(|error| vec![Flaw::failed("body", "cannot_be_written", &error)])
    };
    let (text, html) = (fill(Form::Text)?, fill(Form::Html)?);
    Ok(Rendered { subject: text.subject, text: text.body, html: html.body })
}

/// What a template has become with a mail's values.
struct Written {
    subject: Option<String>,
    body: Option<Vec<Value>>,
}

impl From<Written> for Value {
    fn from(Written { subject, body }: Written) -> Self {
        context! { subject, body }
    }
}

impl Written {
    fn of(own: &OwnLetter, mail: &Mail, shop: &Shop, key: &Key, values: &Value) -> Result<Self, Vec<Flaw>> {
        let known = LetterKind::parse(mail.letter.kind()).map(|kind| variables(kind, shop)).unwrap_or_default();
        let parts = [("subject", own.subject.as_ref().map(|text| text.as_str())), ("body", own.body.as_ref().map(|text| text.as_str()))];
        let mut flaws: Vec<_> = parts
            .iter()
            .filter_map(|(part, text)| Some(Reader { part, known: &known, flaws: Vec::new() }.read((*text)?)))
            .flatten()
            .collect();
        if !flaws.is_empty() {
            return Err(flaws);
        }
        let write = |part, text: Option<&str>| text.map(|text| expand(part, text, values)).transpose().map_err(|flaw| vec![flaw]);
        let [(_, subject), (_, body)] = parts;
        let (subject, body) = (write("subject", subject)?, write("body", body)?);
        let pages = pages(shop, key);
        flaws.extend(subject.as_ref().and_then(|subject| judge_subject(subject, mail, shop, key)));
        flaws.extend(body.as_ref().and_then(|body| judge_body(body, mail, shop, &pages, key)));
        if !flaws.is_empty() {
            return Err(flaws);
        }
        let body = body.map(|body| paragraphs(&body).into_iter().map(|paragraph| element(paragraph, &pages, key)).collect());
        Ok(Self { subject, body })
    }
}

/// Reads a template without running it.
struct Reader<'a> {
    part: &'static str,
    known: &'a BTreeSet<String>,
    flaws: Vec<Flaw>,
}

impl Reader<'_> {
    fn read(mut self, text: &str) -> Vec<Flaw> {
        match parse(text, self.part, SyntaxConfig::default()) {
            Ok(template) => self.statement(&template),
            Err(error) => self.flaws.push(Flaw::failed(self.part, "syntax", &error)),
        }
        self.flaws
    }

    fn statement(&mut self, statement: &Stmt<'_>) {
        match statement {
            Stmt::Template(template) => template.children.iter().for_each(|child| self.statement(child)),
            Stmt::EmitRaw(_) => {}
            Stmt::EmitExpr(emitted) => self.expression(&emitted.expr),
            Stmt::IfCond(condition) => {
                self.expression(&condition.expr);
                condition.true_body.iter().chain(&condition.false_body).for_each(|child| self.statement(child));
            }
            other => self.flaws.push(self.not_allowed(line(other), "only {{ … }} and {% if … %}")),
        }
    }

    fn expression(&mut self, expression: &Expr<'_>) {
        match expression {
            Expr::Const(_) => {}
            Expr::Var(variable) => self.name(variable.id.to_owned(), expression),
            Expr::GetAttr(attribute) => match &attribute.expr {
                Expr::Var(variable) => self.name(format!("{}.{}", variable.id, attribute.name), expression),
                _ => self.refuse(expression),
            },
            Expr::UnaryOp(operation) if matches!(operation.op, UnaryOpKind::Not) => self.expression(&operation.expr),
            Expr::BinOp(operation) if is_plain(operation.op) => {
                self.expression(&operation.left);
                self.expression(&operation.right);
            }
            Expr::Compare(comparison) => {
                self.expression(&comparison.expr);
                comparison.ops.iter().for_each(|operation| self.expression(&operation.expr));
            }
            Expr::IfExpr(condition) => {
                self.expression(&condition.test_expr);
                self.expression(&condition.true_expr);
                condition.false_expr.iter().for_each(|other| self.expression(other));
            }
            Expr::Filter(filter) if filter.args.is_empty() && FILTERS.contains(&filter.name) => {
                filter.expr.iter().for_each(|value| self.expression(value));
            }
            other => self.refuse(other),
        }
    }

    fn name(&mut self, name: String, expression: &Expr<'_>) {
        if !self.known.contains(&name) {
            self.flaws.push(Flaw::at(self.part, "unknown_variable", expression.span().start_line, name));
        }
    }

    fn refuse(&mut self, expression: &Expr<'_>) {
        self.flaws.push(self.not_allowed(expression.span().start_line, expression.description()));
    }

    fn not_allowed(&self, line: u16, what: &str) -> Flaw {
        Flaw::at(self.part, "not_allowed", line, what)
    }
}

/// What compares, decides or joins. None of them makes more of a text than was written.
const fn is_plain(operation: BinOpKind) -> bool {
    use BinOpKind::{Concat, Eq, Gt, Gte, Lt, Lte, Ne, ScAnd, ScOr};
    matches!(operation, Eq | Ne | Lt | Lte | Gt | Gte | ScAnd | ScOr | Concat)
}

/// Where a statement begins that is not allowed.
fn line(statement: &Stmt<'_>) -> u16 {
    let span = match statement {
        Stmt::Template(inner) => inner.span(),
        Stmt::EmitExpr(inner) => inner.span(),
        Stmt::EmitRaw(inner) => inner.span(),
        Stmt::ForLoop(inner) => inner.span(),
        Stmt::IfCond(inner) => inner.span(),
        Stmt::WithBlock(inner) => inner.span(),
        Stmt::Set(inner) => inner.span(),
        Stmt::SetBlock(inner) => inner.span(),
        Stmt::AutoEscape(inner) => inner.span(),
        Stmt::FilterBlock(inner) => inner.span(),
        Stmt::Block(inner) => inner.span(),
        Stmt::Extends(inner) => inner.span(),
        Stmt::Include(inner) => inner.span(),
        Stmt::Import(inner) => inner.span(),
        Stmt::FromImport(inner) => inner.span(),
        Stmt::Macro(inner) => inner.span(),
        Stmt::CallBlock(inner) => inner.span(),
        Stmt::Do(inner) => inner.span(),
    };
    span.start_line
}

/// Fills a template in, as plain text. What there is none of is nothing.
fn expand(part: &'static str, text: &str, values: &Value) -> Result<String, Flaw> {
    let written = (|| {
        let mut environment = Environment::new();
        environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        environment.set_fuel(Some(STEPS_AT_MOST));
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        environment.set_formatter(
            |out, state, value| {
                if value.is_none() { Ok(()) } else { minijinja::escape_formatter(out, state, value) }
            },
        );
        environment.render_named_str(part, text, values)
    })();
    let written = written.map_err(|error| Flaw::failed(part, "cannot_be_written", &error))?;
    if written.chars().count() > CHARACTERS_AT_MOST { Err(Flaw::of(part, "too_long")) } else { Ok(written) }
}

/// The addresses that a mail may lead to, the longest first, for one may begin like another.
fn pages(shop: &Shop, key: &Key) -> Vec<String> {
    let urls = &shop.urls;
    let mut pages = [&urls.home, &urls.sign_in, &urls.forgot_password].map(|page| page.as_str().to_owned()).to_vec();
    if let Key::LinkToken(token) = key {
        pages.push(link(shop, token));
    }
    pages.sort_by_key(|page| std::cmp::Reverse(page.len()));
    pages
}

fn judge_subject(subject: &str, mail: &Mail, shop: &Shop, key: &Key) -> Option<Flaw> {
    if subject.trim().is_empty() {
        return Some(Flaw::of("subject", "empty"));
    }
    // A locked screen shows it.
    if matches!(key, Key::Code(code) if subject.contains(code.as_str())) {
        return Some(Flaw::of("subject", "code_in_subject"));
    }
    leads_elsewhere(&without_names(subject, mail, shop), &[]).then(|| Flaw::of("subject", "link_not_allowed"))
}

fn judge_body(body: &str, mail: &Mail, shop: &Shop, pages: &[String], key: &Key) -> Option<Flaw> {
    let missing = match key {
        Key::Code(code) => (!body.contains(code.as_str())).then_some("code_missing"),
        Key::LinkToken(token) => (!body.contains(&format!("#token={token}"))).then_some("link_missing"),
        Key::None => None,
    };
    if let Some(code) = missing {
        return Some(Flaw::of("body", code));
    }
    // What staff have written for this very mail may lead where they want.
    let said = match &mail.letter {
        Letter::Invite { announcement, .. } => announcement.as_ref().map(Announcement::as_str),
        Letter::AccountBlocked { public_message, .. } => public_message.as_deref(),
        _ => None,
    };
    let body = said.map_or_else(|| body.to_owned(), |said| body.replace(said, " "));
    leads_elsewhere(&without_names(&body, mail, shop), pages).then(|| Flaw::of("body", "link_not_allowed"))
}

/// A text without what people and shops are called: many a shop is called like its pages.
fn without_names(text: &str, mail: &Mail, shop: &Shop) -> String {
    let (to, name) = (mail.to.as_str(), mail.name.as_ref().map(PersonName::as_str));
    let names = [Some(to), name, shop.support_email.as_ref().map(EmailAddress::as_str), Some(shop.name.as_str())];
    names.into_iter().flatten().fold(text.to_owned(), |text, name| text.replace(name, " "))
}

/// Whether anything but these pages is an address, or would be taken for one by a program that shows mails.
fn leads_elsewhere(text: &str, pages: &[String]) -> bool {
    let mut rest = text.to_owned();
    for page in pages {
        let mut kept = String::new();
        let mut after = rest.as_str();
        while let Some((before, next)) = after.split_once(page.as_str()) {
            kept.push_str(before);
            let ends = next.chars().next().is_none_or(|character| character.is_whitespace() || ")].,;:!?".contains(character));
            kept.push_str(if ends { " " } else { page });
            after = next;
        }
        kept.push_str(after);
        rest = kept;
    }
    let scheme = ["://", "mailto:", "javascript:"].iter().any(|scheme| rest.to_lowercase().contains(scheme));
    scheme || names_a_host(&rest)
}

/// What a paragraph is: a code or an address that stands alone, `[a label](an address)`, or words.
fn element(paragraph: &str, pages: &[String], key: &Key) -> Value {
    let is_page = |text: &str| pages.iter().any(|page| page == text);
    if matches!(key, Key::Code(code) if code.as_str() == paragraph) {
        return context! { kind => "code", text => paragraph };
    }
    if is_page(paragraph) {
        return context! { kind => "link", url => paragraph };
    }
    let button = paragraph.strip_prefix('[').and_then(|rest| rest.strip_suffix(')')).and_then(|rest| rest.split_once("]("));
    match button {
        Some((text, url)) if is_page(url) => context! { kind => "button", text, url },
        _ => context! { kind => "words", text => paragraph },
    }
}
