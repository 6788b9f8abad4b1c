//! Listening, and stopping.

use std::{io, net::SocketAddr, time::Duration};

use anyhow::{Context, Result, anyhow};
use poem::{Server, listener::TcpAcceptor};
use store::Store;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    time::{MissedTickBehavior, interval},
};

use crate::{
    app, args::Args, auth::Tokens, connections::Connections, serving::Serving, telemetry::Telemetry,
};

/// How long requests may go on after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);
/// A connection without a request for this long is closed.
const IDLE: Duration = Duration::from_secs(75);
/// An answer that takes all of its time still has this long to be written.
const MARGIN: Duration = Duration::from_secs(10);
/// Between two foldings of the samples.
const TIDY: Duration = Duration::from_secs(5);

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// A key for tokens is invalid, so is the database URL, or the address cannot be listened on.
pub fn run(args: &Args) -> Result<()> {
    let options = args.service()?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(async {
        let listener = bind(args.listen).await?;
        tell_without_key(&options.tokens);
        let store = Store::connect_lazily(&args.database())?;
        tokio::spawn(warn_if_not_ready(store.clone()));
        serve(listener, store, &options, stop_signal()?).await
    })
}

/// Serves on `listener` until `stop` ends, then lets running requests finish, for ten seconds at most.
///
/// # Errors
/// The server fails.
pub async fn serve(
    listener: TcpListener,
    store: Store,
    options: &app::Options,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let telemetry = Telemetry::new()?;
    let serving = Serving::new(&store, &telemetry, options.serving.clone())?;
    let watching = serving.watch();
    let endpoint = app::build(&store, &serving, &telemetry, options);
    let tidying = tokio::spawn(tidy(telemetry));
    let acceptor = TcpAcceptor::from_tokio(listener)?;
    let patience = IDLE.max(options.request_timeout + MARGIN);
    let served = Server::new_with_acceptor(Connections { acceptor, patience })
        .run_with_graceful_shutdown(endpoint, stop, Some(GRACE))
        .await;
    tidying.abort();
    watching.abort();
    // A connection may still wait for a dead server.
    if tokio::time::timeout(Duration::from_secs(1), store.close()).await.is_err() {
        tracing::warn!("the database connections could not be closed in time");
    }
    served.context("the server failed")
}

async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => anyhow!(
            "cannot listen on {address}: port {} is taken; \
             stop the program that uses it or choose another with --listen (API_LISTEN)",
            address.port()
        ),
        _ => anyhow!("cannot listen on {address}: {error}; choose another with --listen (API_LISTEN)"),
    })
}

/// The service starts without its database, but says so.
async fn warn_if_not_ready(store: Store) {
    match store.check_schema().await {
        Ok(()) => tracing::info!(database = store.address(), "the database is ready"),
        Err(error) => tracing::warn!("{error}; answering 503 until then"),
    }
}

/// Calls that need a token are refused then; that may be what is wanted.
fn tell_without_key(tokens: &Tokens) {
    if tokens.verifier.is_none() {
        tracing::info!(
            "without API_JWT_SECRET or API_JWT_PUBLIC_KEY_FILE, calls that need a token answer 503"
        );
    }
}

async fn tidy(telemetry: Telemetry) {
    let mut ticks = interval(TIDY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        telemetry.tidy();
    }
}

/// Ends at the first SIGTERM or SIGINT.
fn stop_signal() -> Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen to SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen to SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("SIGTERM: stopping"),
            _ = interrupt.recv() => tracing::info!("SIGINT: stopping"),
        }
    })
}
