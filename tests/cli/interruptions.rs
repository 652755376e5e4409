//! `import`, when it was ended in the middle: what is left of it, and how it goes on.

use std::{
    fs,
    ops::RangeInclusive,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    extract::Request,
    http::StatusCode,
    middleware::{Next, from_fn},
    response::IntoResponse,
};
use tests::{Failure, Outcome, Served, Shop};

use super::{
    import::{counts, import},
    run::Ended,
    surroundings::Folder,
};

/// An import that stopped after its first call, of a file that is nearly all of guests: few rows go in each call.
struct Stopped {
    shop: Shop,
    served: Served,
    folder: Folder,
    /// How many calls more are answered.
    calls: Arc<AtomicUsize>,
}

impl Stopped {
    const ROWS: u64 = 12_000;
    /// How far a call goes: ten thousand guests, and the customers among them.
    const DONE: u64 = 10_011;
    const WORDS: [&str; 5] = ["some.csv", "--from", "generic-csv", "--parallel", "1"];

    async fn begin() -> Result<Self, Failure> {
        let (shop, folder, calls) = (Shop::open().await?, Folder::new()?, Arc::new(AtomicUsize::new(1)));
        let rows = (1..=Self::ROWS).map(|row| if is_customer(row) { format!("c{row}@example.com,{row}\n") } else { format!(",{row}\n") });
        fs::write(folder.file("some.csv"), format!("email,external_id\n{}", rows.collect::<String>()))?;

        let left = Arc::clone(&calls);
        let gate = from_fn(move |request: Request, next: Next| {
            let is_there = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
            async move { if is_there { next.run(request).await } else { StatusCode::SERVICE_UNAVAILABLE.into_response() } }
        });
        let served = Served::freely(shop.router().layer(gate)).await?;
        let stopped = Self { shop, served, folder, calls };
        let ended = stopped.import(&[]).await?;
        assert_eq!((ended.code, ended.errors.contains("Stopped after row 10011.")), (3, true), "{ended:?}");
        Ok(stopped)
    }

    async fn import(&self, more: &[&str]) -> Result<Ended, Failure> {
        import(&self.shop, &self.served, &self.folder, &[&Self::WORDS[..], more].concat()).await
    }

    /// The same command, while the API is there.
    async fn go_on(&self, more: &[&str]) -> Result<Ended, Failure> {
        self.calls.store(usize::MAX, Ordering::SeqCst);
        self.import(more).await
    }

    fn read(&self, suffix: &str) -> Result<String, Failure> {
        Ok(fs::read_to_string(self.folder.file(&format!("some.csv.{suffix}")))?)
    }
}

const fn is_customer(row: u64) -> bool {
    row % 1_000 == 1
}

/// A report of the guests among these rows.
fn report_of(rows: RangeInclusive<u64>) -> String {
    let rows = rows.filter(|row| !is_customer(*row)).map(|row| format!("{row},left-out,email,required\n"));
    ["row,outcome,field,reason\n".to_owned()].into_iter().chain(rows).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_is_gone_on_with_has_each_line_once() -> Outcome {
    let stopped = Stopped::begin().await?;
    let before = stopped.read("report.csv")?;
    assert!(before == report_of(1..=Stopped::DONE), "{} bytes", before.len());
    // As a run leaves it that was ended before it could write down how far it had come.
    fs::write(stopped.folder.file("some.csv.report.csv"), format!("{before}10012,left-out,email,required\n"))?;

    let ended = stopped.go_on(&["--json"]).await?;
    assert_eq!((ended.code, counts(&ended.json()?)), (0, [12, 0, 0, 11_988]), "{ended:?}");
    let after = stopped.read("report.csv")?;
    assert!(after == report_of(1..=Stopped::ROWS), "{} bytes", after.len());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_was_moved_away_is_begun_anew() -> Outcome {
    let stopped = Stopped::begin().await?;
    fs::rename(stopped.folder.file("some.csv.report.csv"), stopped.folder.file("kept.csv"))?;
    assert_eq!(stopped.go_on(&[]).await?.code, 0);
    let after = stopped.read("report.csv")?;
    assert!(after == report_of(Stopped::DONE + 1..=Stopped::ROWS), "{} bytes", after.len());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_leaves_an_import_that_stopped_as_it_is() -> Outcome {
    let stopped = Stopped::begin().await?;
    let (state, report) = (stopped.read("import-state.json")?, stopped.read("report.csv")?);
    for more in [&["--dry-run"][..], &["--dry-run", "--restart"]] {
        let dry = stopped.go_on(more).await?;
        assert!(dry.output.starts_with("This would come of it:\n"), "{dry:?}");
        assert_eq!(stopped.read("import-state.json")?, state, "{more:?}");
        assert!(stopped.read("report.csv")? == report, "{more:?}");
    }
    let ended = stopped.go_on(&[]).await?;
    assert!(ended.output.starts_with("Went on after row 10011."), "{ended:?}");
    Ok(())
}
