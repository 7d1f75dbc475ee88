//! The command line: one file per command. Names and exit codes are a contract.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | done; for `verify`: genuine and valid |
//! | 1 | refused or failed; for `verify`: not genuine, or not valid any more |
//! | 2 | wrong use; for `verify` also: cannot tell |
//! | 3 | `upload` stored what was good, and some rows were rejected; `jobs watch` of such a job |

mod account;
mod batch;
mod candidate;
mod case_text;
mod cases;
mod demo;
mod jobs;
mod keys;
mod look;
mod notices;
mod operate;
mod quality;
mod record;
mod report;
mod revoke_key;
mod serve;
mod show;
mod template;
mod templates;
mod timestamps;
mod upload;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::flow::{App, Chance, Clock};

/// 明证:以一份签名的专用信用报告替代一摞无违法记录证明。
/// Mingzheng: one signed credit report in place of a stack of "no violation" certificates.
#[derive(Debug, Parser)]
#[command(name = "mingzheng", version, max_term_width = 110)]
struct Line {
    #[command(flatten)]
    general: General,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct General {
    /// The configuration file (TOML); everything has a default without one
    #[arg(long, global = true, value_name = "FILE", env = "MINGZHENG_CONFIG")]
    config: Option<PathBuf>,
    /// The folder for database, objects and keys; stands over the configuration
    #[arg(long, global = true, value_name = "DIR")]
    home: Option<PathBuf>,
    /// Print JSON for machines instead of text for people
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the main job from end to end with sample data
    Demo(demo::Demo),
    /// Serve the API and the pages
    Serve(serve::Serve),
    /// Bring the database schema up to date
    Migrate,
    /// Make authorities and subjects known
    Register(operate::Register),
    /// Declare what an authority's data cover
    Declare(upload::Declare),
    /// Upload a regulator's file
    Upload(upload::Upload),
    /// What is known of a record, and what is done to it
    #[command(subcommand)]
    Record(record::Record),
    /// Rows that name nobody for certain, or were rejected
    #[command(subcommand)]
    Candidate(candidate::Candidate),
    /// Work in the background: files that are stored part by part
    #[command(subcommand)]
    Jobs(jobs::Jobs),
    /// Issue a report
    Report(report::Report),
    /// Objections, repairs and annulments
    #[command(subcommand)]
    Cases(cases::Cases),
    /// How good the data of the authorities are
    Quality(quality::Quality),
    /// Verify a PDF, a photograph, a verification code, or the text of a QR
    Verify(verify::Verify),
    /// Take a closer look at the question on standard input; started by the program itself
    #[command(hide = true)]
    Look {
        /// Seconds of computing
        seconds: u64,
    },
    /// Take a report back
    Revoke(operate::Revoke),
    /// What others need to verify offline
    #[command(subcommand)]
    Trust(operate::Trust),
    /// The keys that sign
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Keys for machines, in the configuration
    #[command(subcommand)]
    Token(operate::Token),
    /// Write a file for regulators to fill in
    Template(template::Template),
    /// People who sign in
    #[command(subcommand)]
    Account(account::Account),
    /// Systems that come by themselves
    #[command(subcommand)]
    Client(account::Client),
    /// The report templates
    #[command(subcommand)]
    Templates(templates::Templates),
    /// Timestamps that could not be had when reports were issued
    #[command(subcommand)]
    Timestamps(timestamps::Timestamps),
    /// What people and systems are told
    #[command(subcommand)]
    Notices(notices::Notices),
    /// The chained record of every act
    #[command(subcommand)]
    Journal(operate::Journal),
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let line = match Line::try_parse() {
        Ok(line) => line,
        Err(error) => return wrong_use(&error),
    };
    if let Command::Look { seconds } = line.command {
        // Before anything else takes memory or time.
        return look::run(seconds);
    }
    let to_log = std::env::var("MINGZHENG_LOG").unwrap_or_else(|_| "warn,mingzheng=info".to_owned());
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(to_log);
    if matches!(line.command, Command::Serve(_)) {
        log.json().init();
    } else {
        log.with_env_filter("error").without_time().with_target(false).init();
    }
    let verifies = matches!(line.command, Command::Verify(_));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = runtime.context("the runtime cannot start").and_then(|runtime| runtime.block_on(run(line)));
    match outcome {
        Ok(code) => code,
        Err(error) => {
            // One readable line: the error and its causes.
            let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            eprintln!("mingzheng: {}", without_repeats(&causes).join(": ").replace('\n', " "));
            ExitCode::from(if verifies { 2 } else { 1 })
        }
    }
}

/// Help and version as they are; wrong use in one line, with the way out.
fn wrong_use(error: &clap::Error) -> ExitCode {
    let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if asked_for {
        return if error.print().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let text = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "say what to do. Usage: mingzheng COMMAND. For more information, try '--help'.".to_owned()
        }
        _ => error.render().to_string(),
    };
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    eprintln!("mingzheng: {}", lines.join(" · "));
    ExitCode::from(2)
}

async fn run(line: Line) -> anyhow::Result<ExitCode> {
    let Line { general, command } = line;
    match command {
        Command::Demo(demo) => demo.run(&general).await,
        Command::Serve(serve) => serve.run(&general).await,
        Command::Migrate => operate::migrate(&general).await,
        Command::Register(register) => register.run(&general).await,
        Command::Declare(declare) => declare.run(&general).await,
        Command::Record(record) => record.run(&general).await,
        Command::Candidate(candidate) => candidate.run(&general).await,
        Command::Upload(upload) => Box::pin(upload.run(&general)).await,
        Command::Jobs(jobs) => jobs.run(&general).await,
        Command::Report(report) => report.run(&general).await,
        Command::Cases(cases) => cases.run(&general).await,
        Command::Quality(quality) => quality.run(&general).await,
        Command::Verify(verify) => Box::pin(verify.run(&general)).await,
        Command::Look { seconds } => Ok(look::run(seconds)),
        Command::Revoke(revoke) => revoke.run(&general).await,
        Command::Trust(trust) => trust.run(&general).await,
        Command::Keys(keys) => keys.run(&general).await,
        Command::Token(token) => Ok(token.run(&general)),
        Command::Template(template) => template.run(&general),
        Command::Account(account) => account.run(&general).await,
        Command::Client(client) => client.run(&general).await,
        Command::Templates(templates) => templates.run(&general),
        Command::Timestamps(timestamps) => timestamps.run(&general).await,
        Command::Notices(notices) => notices.run(&general).await,
        Command::Journal(journal) => journal.run(&general).await,
    }
}

/// Causes that only say again what the error before them said are left out.
fn without_repeats(causes: &[String]) -> Vec<&str> {
    let mut said: Vec<&str> = Vec::new();
    for cause in causes {
        if !said.iter().any(|earlier| earlier.contains(cause.as_str())) {
            said.push(cause);
        }
    }
    said
}

impl General {
    /// The configuration: file, then variables, then the command line.
    fn config(&self) -> anyhow::Result<Config> {
        let not_settings = ["MINGZHENG_CONFIG", "MINGZHENG_LOG", "MINGZHENG_PKCS11_PIN"];
        let variables = std::env::vars().filter(|(name, _)| !not_settings.contains(&name.as_str()));
        let mut config = Config::load(self.config.as_deref(), variables)?;
        if let Some(home) = &self.home {
            config.home.0.clone_from(home);
        }
        Ok(config)
    }

    /// The app over an up-to-date schema; the embedded default migrates by itself.
    async fn app(&self) -> anyhow::Result<App> {
        open(&self.config()?).await
    }
}

async fn open(config: &Config) -> anyhow::Result<App> {
    let fresh_keys = !config.keys().exists();
    let app = App::open(config, Clock::system(), Chance::system()).await?;
    if fresh_keys {
        show::notice_of_keys(&config.keys());
    }
    if config.store_url().starts_with("sqlite:") {
        app.migrate().await.context("the schema cannot be brought up to date")?;
    } else {
        app.ready()
            .await
            .context("the store is not ready; `mingzheng migrate` brings its schema up to date")?;
    }
    app.register_keys().await.context("the keys cannot be made known to the store")?;
    Ok(app)
}
