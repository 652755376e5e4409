//! One write with its condition, for a call of its own or a part in a transaction.

use std::{collections::HashMap, fmt::Write as _};

use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure::AllOld, TransactWriteItem, Update,
};
use serde::Serialize;

use super::{
    StoreError,
    item::{self, Item},
    keys::Key,
};
use crate::domain::timestamp::Timestamp;

/// A write to one item, refused unless every one of its conditions holds.
#[derive(Clone)]
pub struct Write {
    pub(super) key: Key,
    pub(super) table: InTable,
    pub(super) action: Action,
    pub(super) expression: Expression,
}

/// Which of the tables an item is in.
#[derive(Clone, Copy)]
pub(super) enum InTable {
    Accounts,
    Ledger,
}

#[derive(Clone)]
pub(super) enum Action {
    Put(Item),
    Update,
    Delete,
    Check,
}

/// Names, values and clauses. Every name is aliased: many words are reserved.
#[derive(Clone, Default)]
pub(super) struct Expression {
    pub(super) names: HashMap<String, String>,
    pub(super) values: HashMap<String, AttributeValue>,
    aliases: HashMap<String, String>,
    sets: Vec<String>,
    removes: Vec<String>,
    conditions: Vec<String>,
}

impl Write {
    /// Replaces the whole item.
    pub(super) fn put(key: Key, value: &impl Serialize) -> Result<Self, StoreError> {
        Ok(Self::put_item(key, item::of(value)?))
    }

    /// Puts these attributes in this place.
    pub(super) fn put_item(key: Key, mut item: Item) -> Self {
        item.extend(key.clone().into_item());
        Self::new(key, Action::Put(item))
    }

    /// Sets one more attribute of the item that is put.
    pub(super) fn with(mut self, name: &str, value: &impl Serialize) -> Result<Self, StoreError> {
        if let Action::Put(item) = &mut self.action {
            item.insert(name.to_owned(), item::attribute(value)?);
        }
        Ok(self)
    }

    /// Changes single attributes.
    pub(super) fn update(key: Key) -> Self {
        Self::new(key, Action::Update)
    }

    /// Removes the item; done as well if there is none, unless a condition says otherwise.
    pub(super) fn delete(key: Key) -> Self {
        Self::new(key, Action::Delete)
    }

    /// Changes nothing, but has the transaction refused unless its conditions hold.
    pub(super) fn check(key: Key) -> Self {
        Self::new(key, Action::Check)
    }

    fn new(key: Key, action: Action) -> Self {
        Self { key, table: InTable::Accounts, action, expression: Expression::default() }
    }

    /// The same in the ledger of deletions.
    pub(super) fn in_ledger(self) -> Self {
        Self { table: InTable::Ledger, ..self }
    }

    pub(super) fn set(mut self, path: &str, value: &impl Serialize) -> Result<Self, StoreError> {
        let value = self.value(item::attribute(value)?);
        let path = self.path(path);
        self.expression.sets.push(format!("{path} = {value}"));
        Ok(self)
    }

    /// Sets every attribute of a value.
    pub(super) fn set_all(self, value: &impl Serialize) -> Result<Self, StoreError> {
        item::of(value)?.into_iter().try_fold(self, |write, (name, attribute)| {
            let mut write = write;
            let (value, path) = (write.value(attribute), write.path(&name));
            write.expression.sets.push(format!("{path} = {value}"));
            Ok(write)
        })
    }

    pub(super) fn set_number(mut self, path: &str, number: i64) -> Self {
        let value = self.number(number);
        let path = self.path(path);
        self.expression.sets.push(format!("{path} = {value}"));
        self
    }

    /// Adds to a number that may not be there yet.
    pub(super) fn add(mut self, path: &str, number: i64) -> Self {
        let (zero, value, path) = (self.number(0), self.number(number), self.path(path));
        self.expression.sets.push(format!("{path} = if_not_exists({path}, {zero}) + {value}"));
        self
    }

    /// Takes over another attribute's old number, or zero.
    pub(super) fn take_over(mut self, path: &str, from: &str) -> Self {
        let (zero, path, from) = (self.number(0), self.path(path), self.path(from));
        self.expression.sets.push(format!("{path} = if_not_exists({from}, {zero})"));
        self
    }

    pub(super) fn remove(mut self, path: &str) -> Self {
        let path = self.path(path);
        self.expression.removes.push(path);
        self
    }

    /// Changes an attribute, removes it, or leaves it as it is.
    pub(super) fn set_or_remove(self, path: &str, value: Option<Option<&impl Serialize>>) -> Result<Self, StoreError> {
        match value {
            None => Ok(self),
            Some(None) => Ok(self.remove(path)),
            Some(Some(value)) => self.set(path, value),
        }
    }

    pub(super) fn require_equal(mut self, path: &str, value: &impl Serialize) -> Result<Self, StoreError> {
        let value = self.value(item::attribute(value)?);
        let path = self.path(path);
        Ok(self.require(format!("{path} = {value}")))
    }

    pub(super) fn require_after(mut self, path: &str, moment: Timestamp) -> Self {
        let (value, path) = (self.number(moment.unix_seconds()), self.path(path));
        self.require(format!("{path} > {value}"))
    }

    pub(super) fn require_missing_or_not_after(mut self, path: &str, moment: Timestamp) -> Self {
        let (value, path) = (self.number(moment.unix_seconds()), self.path(path));
        self.require(format!("(attribute_not_exists({path}) OR {path} <= {value})"))
    }

    pub(super) fn require_below(mut self, path: &str, number: i64) -> Self {
        let (value, path) = (self.number(number), self.path(path));
        self.require(format!("{path} < {value}"))
    }

    pub(super) fn require_missing_or_below(mut self, path: &str, number: i64) -> Self {
        let (value, path) = (self.number(number), self.path(path));
        self.require(format!("(attribute_not_exists({path}) OR {path} < {value})"))
    }

    pub(super) fn require_above(mut self, path: &str, number: i64) -> Self {
        let (value, path) = (self.number(number), self.path(path));
        self.require(format!("{path} > {value}"))
    }

    /// That this is not the write that the item was last changed by.
    pub(super) fn require_not_yet(mut self, path: &str, name: &str) -> Self {
        let (value, path) = (self.value(AttributeValue::S(name.to_owned())), self.path(path));
        self.require(format!("(attribute_not_exists({path}) OR {path} <> {value})"))
    }

    pub(super) fn require_fewer(mut self, path: &str, number: i64) -> Self {
        let (value, path) = (self.number(number), self.path(path));
        self.require(format!("size({path}) < {value}"))
    }

    pub(super) fn require_present(mut self, path: &str) -> Self {
        let path = self.path(path);
        self.require(format!("attribute_exists({path})"))
    }

    pub(super) fn require_absent(mut self, path: &str) -> Self {
        let path = self.path(path);
        self.require(format!("attribute_not_exists({path})"))
    }

    fn require(mut self, condition: String) -> Self {
        self.expression.conditions.push(condition);
        self
    }

    fn number(&mut self, number: i64) -> String {
        self.value(AttributeValue::N(number.to_string()))
    }

    fn value(&mut self, value: AttributeValue) -> String {
        let expression = &mut self.expression;
        if let Some((alias, _)) = expression.values.iter().find(|(_, known)| **known == value) {
            return alias.clone();
        }
        let alias = format!(":v{}", expression.values.len());
        expression.values.insert(alias.clone(), value);
        alias
    }

    fn path(&mut self, path: &str) -> String {
        let expression = &mut self.expression;
        let mut aliased = String::new();
        for step in path.split('.') {
            let (name, index) = step.find('[').map_or((step, ""), |at| step.split_at(at));
            let next = format!("#n{}", expression.aliases.len());
            let alias = expression.aliases.entry(name.to_owned()).or_insert(next);
            expression.names.insert(alias.clone(), name.to_owned());
            let dot = if aliased.is_empty() { "" } else { "." };
            let _ = write!(aliased, "{dot}{alias}{index}");
        }
        aliased
    }

    /// As a part of a transaction.
    pub(super) fn into_transaction_part(self, table: &str) -> Result<TransactWriteItem, StoreError> {
        let Self { key, action, expression, .. } = self;
        let (condition, changes) = (expression.condition(), expression.changes());
        let (names, values) = (expression.names(), expression.values());
        // The four kinds of part have the same four setters and no trait in common.
        macro_rules! conditional {
            ($part:expr) => {
                $part
                    .table_name(table)
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(AllOld)
                    .build()
                    .map_err(StoreError::corrupt)?
            };
        }
        let (part, key) = (TransactWriteItem::builder(), Some(key.into_item()));
        Ok(match action {
            Action::Put(item) => part.put(conditional!(Put::builder().set_item(Some(item)))),
            Action::Update => part.update(conditional!(Update::builder().set_key(key).set_update_expression(changes))),
            Action::Delete => part.delete(conditional!(Delete::builder().set_key(key))),
            Action::Check => part.condition_check(conditional!(ConditionCheck::builder().set_key(key))),
        }
        .build())
    }
}

impl Expression {
    pub(super) fn condition(&self) -> Option<String> {
        (!self.conditions.is_empty()).then(|| self.conditions.join(" AND "))
    }

    pub(super) fn changes(&self) -> Option<String> {
        let clause = |word: &str, parts: &[String]| (!parts.is_empty()).then(|| format!("{word} {}", parts.join(", ")));
        let clauses: Vec<_> = [clause("SET", &self.sets), clause("REMOVE", &self.removes)].into_iter().flatten().collect();
        (!clauses.is_empty()).then(|| clauses.join(" "))
    }

    pub(super) fn names(&self) -> Option<HashMap<String, String>> {
        (!self.names.is_empty()).then(|| self.names.clone())
    }

    pub(super) fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }
}
