//! Serving.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;

use super::General;
use crate::config::Config;
use crate::flow::account::invite;
use crate::flow::{App, Tokens, jobs, ring, rulebook, timestamps, worker};
use crate::http::{self, Face};

/// Serves the API and the pages until it is told to stop.
#[derive(Debug, clap::Args)]
pub(super) struct Serve {
    /// The address to listen on; stands over the configuration
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<std::net::SocketAddr>,
}

impl Serve {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let mut config = general.config()?;
        config.server.listen = self.listen.unwrap_or(config.server.listen);
        let app = super::open(&config).await?;
        let listener = listen(&config).await?;
        if let Some(link) = invite::first(&app).await.context("the first link cannot be made")? {
            println!(
                "尚无安全管理员。请在三天内用此一次性链接启用 / There is no security operator yet: use this link once, within three days:"
            );
            println!("{}", link.address);
        }
        serve(app, &config, listener).await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Takes the address that the configuration names.
pub(super) async fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    let address = config.server.listen;
    let busy = || format!("cannot listen on {address}; choose another with --listen");
    TcpListener::bind(address).await.with_context(busy)
}

/// Serves until the process is told to stop, then lets running requests end.
pub(super) async fn serve(app: App, config: &Config, listener: TcpListener) -> anyhow::Result<()> {
    let tokens = Tokens::new(&config.token);
    let stamping = tokio::spawn(timestamps::keep_up(app.clone()));
    let learning = tokio::spawn(rulebook::keep_up(app.clone()));
    let following = tokio::spawn(ring::keep_up(app.clone()));
    let working = tokio::spawn(worker::work(app.clone()));
    let mut face = Face::new(app.clone(), tokens, Duration::from_secs(config.server.timeout_seconds));
    face.proxies.clone_from(&config.server.proxies);
    let face = Arc::new(face);
    let address = listener.local_addr()?;
    tracing::info!(%address, origin = config.server.origin, tokens = config.token.len(), "serving");
    let stop = async move {
        told_to_stop().await;
        // Workers stop at their next safe place, and those who follow a job are sent away to come again.
        jobs::stop(&app);
    };
    let served = http::serve(listener, face, stop).await.context("serving failed");
    working.await.context("the workers ended badly")?;
    // Dropped between its steps, it leaves reports waiting as they were.
    stamping.abort();
    learning.abort();
    following.abort();
    served
}

async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! { _ = interrupt => (), _ = terminate.recv() => () }
            }
            Err(_) => drop(interrupt.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
    tracing::info!("stopping: running requests end first");
}
