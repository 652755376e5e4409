//! A whole shop: started, told about, and ended.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use shared::{clock::Clock, crypto::password::Cost, operations::Context};
use tokio::{net::TcpListener, sync::watch, task::JoinSet, time::timeout};

use crate::{
    api::Api,
    contexts::Contexts,
    demo,
    files::{DATA, DEMO_ENV, Files, OWNER_KEY, SERVICES_ENV},
    functions::{Rotating, rotating},
    invocations, pages,
    pump::Pump,
    secrets_manager::Rotator,
    services::{Addresses, Services, TABLE, config, environment},
    start_error::StartError,
    template::{ACCOUNTS_TABLE, Template},
    timer::Timer,
};

/// What to run, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// The API's port; the two after it are the services'.
    pub port: u16,
    /// Whether nothing is kept.
    pub memory: bool,
    /// Whether what was kept goes first.
    pub reset: bool,
    /// Whether the API is left out.
    pub services_only: bool,
    /// Where the template is.
    pub template: PathBuf,
    /// Where everything is kept.
    pub folder: PathBuf,
}

impl Options {
    /// The template of this repository, with everything kept under its `target/local`.
    #[must_use]
    pub fn at_port(port: u16) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/local");
        Self { port, memory: false, reset: false, services_only: false, template: Template::path(), folder }
    }

    /// Where the API is, or `cargo lambda watch` is to be.
    #[must_use]
    pub fn api(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Where the services are.
    #[must_use]
    pub fn services(&self) -> Addresses {
        let at = |offset| (Ipv4Addr::LOCALHOST, self.port.saturating_add(offset)).into();
        Addresses { stand_ins: at(1), dynamodb: at(2) }
    }

    /// Where the inbox is.
    #[must_use]
    pub fn inbox(&self) -> SocketAddr {
        if self.services_only { self.services().stand_ins } else { self.api() }
    }
}

/// How long requests that are being answered may take to end.
const PATIENCE: Duration = Duration::from_secs(2);

/// A shop that is running.
pub struct Shop {
    options: Options,
    files: Files,
    servers: Servers,
    /// The owner's key, to be shown to the owner.
    pub owner_key: String,
    demo_env: String,
    services_env: String,
}

impl Shop {
    /// Starts a shop, and says so step by step.
    ///
    /// # Errors
    /// [`StartError`], which says what to do.
    pub async fn start(options: Options, mut tell: impl FnMut(&str)) -> Result<Self, StartError> {
        if options.port > u16::MAX - 2 {
            return Err(StartError::PortTooHigh(options.port));
        }
        tell("reading infra/template.yaml");
        let template = Template::read(&options.template)?;

        tell("opening ports on 127.0.0.1");
        let api = if options.services_only { None } else { Some(listen(options.api()).await?) };
        let (stand_ins, dynamodb) = (listen(options.services().stand_ins).await?, listen(options.services().dynamodb).await?);

        tell(if options.memory { "making the table in memory" } else { "opening the table in target/local/shop.db" });
        let mut files = Files::open(&options.folder)?;
        let services = if options.memory {
            Services::in_memory().map_err(|error| StartError::Demo(error.to_string()))?
        } else {
            files.services(options.reset, &template.create_table(ACCOUNTS_TABLE, TABLE)?)?
        };
        let is_new = services.create_tables(&template).map_err(|error| unreadable(error, &options, files.path(DATA)))?;

        let mut servers = Servers::new();
        // The shop's own hands may do everything, each of its functions what the template lets it do.
        let context = Arc::new(Context::new(&config(), options.services().clients(), Clock::system(), Cost::PRODUCTION));
        let contexts = Contexts::by_role(&template, &environment(), &context, options.services().clients(), Arc::new(()))?;
        let inbox = pages::inbox(services.inbox.clone()).merge(pages::previews());
        servers.serve_dynamodb(dynamodb, &services);
        match api {
            Some(listener) => {
                let api = Api::new(&template, contexts.clone())?.into_router(&template.cors());
                rotating()
                    .into_iter()
                    .for_each(|(name, function)| services.secrets_manager.rotate_by(rotator(&contexts.of(name), function)));
                servers.serve(stand_ins, services.stand_ins());
                let commands = invocations::router(contexts.clone());
                servers.serve(listener, pages::demo_store(demo::page()).merge(inbox).merge(commands).merge(api));
            }
            None => servers.serve(stand_ins, services.stand_ins().merge(inbox)),
        }
        let pump = Pump::new(&services, template.stream_filters()?).map_err(|error| StartError::Template(error.to_string()))?;
        servers.pump(pump, contexts.clone());
        servers.timer(Timer::new(&template)?, contexts);

        tell(if is_new { "filling the demo store" } else { "opening the demo store" });
        let kept_key = if options.memory { None } else { files.read(OWNER_KEY) };
        let owner_key = demo::set_up(&context, options.api(), options.inbox(), kept_key).await?;
        if !options.memory {
            files.write(OWNER_KEY, &owner_key)?;
        }
        if is_new {
            demo::fill(&context).await?;
        }

        let url = format!("http://{}", options.api());
        let demo_env =
            env([("VESTIBULE_URL", url), ("VESTIBULE_STORE", demo::SLUG.to_owned()), ("VESTIBULE_OWNER_KEY", owner_key.clone())]);
        let services_env = env(options.services().environment());
        files.write(DEMO_ENV, &demo_env)?;
        files.write(SERVICES_ENV, &services_env)?;
        Ok(Self { options, files, servers, owner_key, demo_env, services_env })
    }

    /// Ends it: what is being answered is answered, then nothing is left but the data.
    ///
    /// # Errors
    /// [`StartError::File`] if a file that tells of the shop cannot be removed.
    pub async fn end(self) -> Result<(), StartError> {
        self.servers.end().await;
        self.files.remove_own(SERVICES_ENV, &self.services_env)?;
        if self.options.memory {
            self.files.remove_own(DEMO_ENV, &self.demo_env)?;
        }
        Ok(())
    }
}

/// The function, as Secrets Manager calls it.
fn rotator(context: &Arc<Context>, function: Rotating) -> Rotator {
    let context = Arc::clone(context);
    Arc::new(move |event| {
        let step = function(Arc::clone(&context), event);
        Box::pin(async move { step.await.map_err(|error| error.to_string()) })
    })
}

/// The shop's tasks, and the word that ends them.
struct Servers {
    ending: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Servers {
    fn new() -> Self {
        Self { ending: watch::channel(false).0, tasks: JoinSet::new() }
    }

    fn until_end(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut ending = self.ending.subscribe();
        async move {
            // The sender lives as long as the shop; should it be gone, so is the shop.
            let _ = ending.wait_for(|ending| *ending).await;
        }
    }

    fn serve(&mut self, listener: TcpListener, router: Router) {
        let until_end = self.until_end();
        self.tasks.spawn(async move {
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            // It can only end by the word: a connection that cannot be accepted is tried again.
            let _ = axum::serve(listener, service).with_graceful_shutdown(until_end).await;
        });
    }

    fn serve_dynamodb(&mut self, listener: TcpListener, services: &Services) {
        let (until_end, services) = (self.until_end(), services.clone());
        self.tasks.spawn(async move { services.serve_dynamodb(listener, until_end).await });
    }

    fn pump(&mut self, pump: Pump, contexts: Contexts) {
        let until_end = self.until_end();
        self.tasks.spawn(async move {
            tokio::select! {
                () = pump.run(&contexts) => {}
                () = until_end => {}
            }
        });
    }

    fn timer(&mut self, timer: Timer, contexts: Contexts) {
        let until_end = self.until_end();
        self.tasks.spawn(async move {
            tokio::select! {
                () = timer.run(contexts) => {}
                () = until_end => {}
            }
        });
    }

    async fn end(mut self) {
        self.ending.send_replace(true);
        let _ = timeout(PATIENCE, async { while self.tasks.join_next().await.is_some() {} }).await;
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    let port = address.port();
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => StartError::PortInUse { port, other: if port < 60_000 { port + 100 } else { 9_100 } },
        _ => StartError::Port { port, source },
    })
}

/// What the engine says of a table that it could open but not read is about the data, not about the template.
fn unreadable(error: StartError, options: &Options, path: PathBuf) -> StartError {
    match error {
        StartError::Template(reason) if !options.memory => StartError::Data { path, reason },
        error => error,
    }
}

fn env(variables: impl IntoIterator<Item = (&'static str, String)>) -> String {
    variables.into_iter().map(|(name, value)| format!("{name}={value}\n")).collect()
}
