//! What is measured, one file for each topic.

mod cost;
mod crowd;
mod hash;
mod inbox;
mod login_cpu;
mod memory;
mod scale;
mod starts;
mod throughput;
mod timing;
mod units;

use ::tests::Failure;
use clap::ValueEnum;

use crate::findings::Findings;

macro_rules! topics {
    ($($topic:ident, $module:ident, $name:literal, $title:literal;)+) => {
        /// One section of the page.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
        pub(crate) enum Topic {
            $(#[doc = $title] $topic,)+
        }

        impl Topic {
            /// In the page's order.
            pub(crate) const ALL: [Self; [$($name),+].len()] = [$(Self::$topic),+];

            /// As it is asked for.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$topic => $name,)+ }
            }

            /// Over its section.
            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$topic => $title,)+ }
            }

            /// Measures it, and gives what the section says.
            pub(crate) async fn measure(self) -> Result<Findings, Failure> {
                match self { $(Self::$topic => $module::measure().await,)+ }
            }
        }
    };
}

topics! {
    Units, units, "units", "Round trips and capacity";
    Cost, cost, "cost", "What it costs";
    Starts, starts, "starts", "Cold starts and sizes";
    LoginCpu, login_cpu, "login-cpu", "CPU of a login beyond the hash";
    Hash, hash, "hash", "The password hash";
    Throughput, throughput, "throughput", "The whole shop under load";
    Memory, memory, "memory", "Memory over many logins";
    Scale, scale, "scale", "A thousand accounts, a million accounts";
    Timing, timing, "timing", "Whether times tell who has an account";
    Crowd, crowd, "crowd", "Five hundred logins at once";
}
