//! What a shop's template may be made of, judged on its syntax tree.

use std::collections::BTreeSet;

use minijinja::{
    machinery::{
        Token,
        ast::{BinOpKind, Expr, Stmt, UnaryOpKind},
        parse, tokenize,
    },
    syntax::SyntaxConfig,
};

use super::flaw::Flaw;

/// The most words and signs of one `{{ … }}` or `{% … %}`. Parser, judge and compiler each call themselves once for a level of
/// an expression, and an expression has fewer levels than words: so many fit into a tenth of a thread's stack. The longest
/// condition of the house has seven.
const TOKENS_AT_MOST: usize = 50;
/// The most `{% … %}` of a template, for the same reason: they may be within one another.
const BLOCKS_AT_MOST: usize = 100;

/// What changes the look of a value, and not its length.
const FILTERS: [&str; 5] = ["capitalize", "lower", "title", "trim", "upper"];

/// Every name and construct of a template that it must not use, known without running it.
pub(super) fn flaws(part: &'static str, text: &str, known: &BTreeSet<String>) -> Vec<Flaw> {
    match nested_too_deeply(text) {
        Some((line, what)) => vec![Flaw::at(part, "not_allowed", line, what)],
        None => Reader { part, known, flaws: Vec::new() }.read(text),
    }
}

/// Where a template has more in it than can be nested safely, known before it is parsed. The parser limits parentheses alone:
/// a thousand words `not` would overflow the stack, which ends the process. What is no token is the parser's to refuse.
fn nested_too_deeply(text: &str) -> Option<(u16, &'static str)> {
    let (mut blocks, mut tokens) = (0, 0);
    for (token, span) in tokenize(text, false, SyntaxConfig::default()).map_while(Result::ok) {
        match token {
            Token::TemplateData(_) | Token::VariableStart | Token::VariableEnd | Token::BlockEnd => tokens = 0,
            Token::BlockStart => (blocks, tokens) = (blocks + 1, 0),
            _ => tokens += 1,
        }
        if tokens > TOKENS_AT_MOST {
            return Some((span.start_line, "an expression of over 50 words"));
        }
        if blocks > BLOCKS_AT_MOST {
            return Some((span.start_line, "over 100 {% … %}"));
        }
    }
    None
}

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
