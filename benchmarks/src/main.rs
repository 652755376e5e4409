//! `cargo benchmarks`: measures the functions and writes what it finds to `BENCHMARKS.md`, one section for each topic.
//!
//! Reads memory and CPU time from `/proc`, so it needs Linux.

mod bill;
mod capacity;
mod client;
mod customers;
mod edge;
mod fill;
mod findings;
mod page;
mod prices;
mod process;
mod services;
mod statistics;
mod stored;
mod topics;

use std::{env, process::Command};

use ::tests::{Failure, Outcome};
use clap::{Parser, Subcommand};
use tokio::runtime::Builder;

use crate::{fill::Fill, page::Page, topics::Topic};

/// Measures the functions and writes BENCHMARKS.md.
#[derive(Parser)]
#[command(name = "cargo benchmarks", bin_name = "cargo benchmarks")]
struct Arguments {
    /// What to measure; everything, one after the other, unless told.
    topic: Option<Topic>,
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Subcommand)]
enum Part {
    /// What a measurement starts by itself: the services, in a process of their own.
    #[command(hide = true)]
    Services(Fill),
}

fn main() -> Outcome {
    match Arguments::parse() {
        Arguments { part: Some(Part::Services(fill)), .. } => {
            Builder::new_multi_thread().enable_all().build()?.block_on(services::serve(fill))
        }
        Arguments { topic: Some(topic), .. } => measure(topic),
        Arguments { topic: None, .. } => measure_each_in_a_process_of_its_own(),
    }
}

/// Measures on one thread, as a function runs. Fails, once the page is written, if a figure is worse than it may be.
#[expect(clippy::print_stderr, clippy::print_stdout, reason = "this is a program for a terminal")]
fn measure(topic: Topic) -> Outcome {
    eprintln!("{} …", topic.title());
    let findings = Builder::new_current_thread().enable_all().build()?.block_on(topic.measure())?;
    println!("{findings}");
    Page::read()?.with(topic, &findings.to_string(), &process::origin()?).write()?;
    match findings.broken() {
        [] => Ok(()),
        broken => Err(broken.join("; ").into()),
    }
}

/// One topic's memory is no other's.
fn measure_each_in_a_process_of_its_own() -> Outcome {
    let program = env::current_exe()?;
    let mut broken = Vec::new();
    for topic in Topic::ALL {
        if !Command::new(&program).arg(topic.name()).status()?.success() {
            broken.push(topic.name());
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(Failure::from(format!("not measured, or worse than it may be: {}", broken.join(", ")))) }
}
