//! `smoke`: whether a store that was just deployed answers as it should.

use clap::Args;
use serde_json::{Value, json};

use crate::{
    failure::Failure,
    output::plain,
    session::Session,
    smoke::{Check, Finding, Plan, every},
};

/// SES's own mailbox for tests: takes every mail, counts towards no limit of complaints, and is open in the sandbox too.
const SIMULATOR: &str = "success@simulator.amazonses.com";

/// What is looked at, beside the store and the key.
#[derive(Args)]
#[command(after_help = "Examples:\n  vestibule smoke --origin https://shop.example\n  vestibule smoke --mail-to you@shop.example\n  \
    vestibule smoke --no-mail --json\n\nNothing that customers or staff would see is changed. Exit status 1 if a check has failed.")]
pub struct Smoke {
    /// The origin of a storefront, whose pages are to be let in.
    #[arg(long, value_name = "URL")]
    origin: Option<String>,
    /// Where a code is mailed to; - reads it from standard input.
    #[arg(long, value_name = "ADDRESS", default_value = SIMULATOR)]
    mail_to: String,
    /// Mail nothing.
    #[arg(long, conflicts_with = "mail_to")]
    no_mail: bool,
}

impl Smoke {
    /// Looks at everything, and says of each at once what it has found.
    ///
    /// # Errors
    /// [`Failure::ChecksFailed`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        let mail_to = session.email((!self.no_mail).then_some(self.mail_to))?;
        let plan = Plan { origin: self.origin, mail_to };
        let mut failed = 0;
        for check in every() {
            let finding = check.look(&session.client, &plan);
            failed += usize::from(matches!(finding, Finding::Failed(_)));
            let told = if session.json { format!("{}\n", for_programs(&check, &finding)) } else { for_people(&check, &finding) };
            session.world.answer(&told)?;
        }
        if failed == 0 { Ok(()) } else { Err(Failure::ChecksFailed(failed)) }
    }
}

fn for_people(check: &Check, finding: &Finding) -> String {
    match finding {
        Finding::Passed => format!("ok       {}\n", check.title),
        Finding::Skipped(why) => format!("skipped  {} ({})\n", check.title, plain(why)),
        Finding::Failed(found) => format!("FAILED   {}\n         found: {}\n         {}\n", check.title, plain(found), check.advice),
    }
}

fn for_programs(check: &Check, finding: &Finding) -> Value {
    let Check { name, advice, .. } = check;
    match finding {
        Finding::Passed => json!({"check": name, "outcome": "passed"}),
        Finding::Skipped(why) => json!({"check": name, "outcome": "skipped", "found": why}),
        Finding::Failed(found) => json!({"check": name, "outcome": "failed", "found": found, "advice": advice}),
    }
}
