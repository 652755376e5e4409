//! A context for each function. On Lambda, too, every function is a process of its own, with its own environment, role
//! and secrets: what one of them has read, another does not have.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use shared::{
    config::Config,
    crypto::password::Cost,
    operations::{Context, context::Clients},
};

use crate::{
    iam::{Role, Witness},
    policy::Policy,
    services::{Environment, config_of},
    start_error::StartError,
    template::Template,
};

/// Gives each function its context.
#[derive(Clone)]
pub struct Contexts(Arc<Source>);

enum Source {
    /// All have the same, and may do everything.
    Same(Arc<Context>),
    /// Each has its own, made when it is first called.
    Own(Own),
}

struct Own {
    policies: BTreeMap<String, Policy>,
    configs: BTreeMap<String, Config>,
    like: Arc<Context>,
    clients: Clients,
    witness: Arc<dyn Witness>,
    made: Mutex<BTreeMap<String, Arc<Context>>>,
}

impl From<Arc<Context>> for Contexts {
    fn from(context: Arc<Context>) -> Self {
        Self(Arc::new(Source::Same(context)))
    }
}

impl Contexts {
    /// Contexts in which a function is told as much of this environment as the template tells it, and may do what the
    /// template lets it do, by these clients. Time, and the cost and count of password hashes, are those of this context.
    ///
    /// # Errors
    /// [`StartError::Template`] for a policy that is not understood.
    pub fn by_role(
        template: &Template,
        environment: &Environment,
        like: &Arc<Context>,
        clients: Clients,
        witness: Arc<dyn Witness>,
    ) -> Result<Self, StartError> {
        let policies = template.policies(environment)?;
        let told = |variables: BTreeMap<String, String>| {
            let told = environment.iter().filter(|(name, _)| variables.contains_key(**name));
            config_of(&told.map(|(name, value)| (*name, value.clone())).collect())
        };
        let configs = template.environments().into_iter().map(|(function, variables)| (function, told(variables))).collect();
        let own = Own { policies, configs, like: Arc::clone(like), clients, witness, made: Mutex::default() };
        Ok(Self(Arc::new(Source::Own(own))))
    }

    /// The same by other clients, of functions that have just started.
    #[must_use]
    pub fn by(&self, clients: Clients) -> Self {
        match &*self.0 {
            Source::Same(_) => self.clone(),
            Source::Own(own) => {
                let Own { policies, configs, like, witness, .. } = own;
                let (policies, configs) = (policies.clone(), configs.clone());
                let (like, witness) = (Arc::clone(like), Arc::clone(witness));
                Self(Arc::new(Source::Own(Own { policies, configs, like, clients, witness, made: Mutex::default() })))
            }
        }
    }

    /// The context of this function.
    #[must_use]
    pub fn of(&self, function: &str) -> Arc<Context> {
        match &*self.0 {
            Source::Same(context) => Arc::clone(context),
            Source::Own(own) => {
                let mut made = own.made.lock().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(made.entry(function.to_owned()).or_insert_with(|| Arc::new(own.make(function))))
            }
        }
    }
}

impl Own {
    fn make(&self, function: &str) -> Context {
        let policy = self.policies.get(function).cloned().unwrap_or_default();
        let role = Role { function: function.to_owned(), policy, witness: Arc::clone(&self.witness) };
        let config = self.configs.get(function).cloned().unwrap_or_default();
        let made = Context::new(&config, role.clients(&self.clients), self.like.clock.clone(), Cost::PRODUCTION);
        Context { passwords: self.like.passwords.clone(), ..made }
    }
}
