//! A provider of `OpenID` Connect says who somebody is (`OpenID` Connect Core 1.0, 3.1: authorisation code, with PKCE of RFC 7636).
//!
//! What is sent along – state, nonce, the verifier of PKCE – follows from one secret, which the browser keeps in a cookie with the errand
//! that it is on. So an answer counts in that browser only, for that errand only, and nothing is stored here meanwhile.

use std::time::Duration;

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
    CoreProviderMetadata, CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse,
    CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AuthType, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    IdTokenFields, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    Scope, StandardErrorResponse, StandardTokenResponse, TokenResponse,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::config;
use crate::flow::{App, StartError, same_secret};
use crate::rules::Instant;
use crate::seal;

/// How long a provider is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most that a provider answers, in bytes.
const ANSWER: usize = 1 << 20;
/// Characters of the secret that stands before the errand.
const SECRET: usize = 64;
/// How long what a provider says of itself is kept, in milliseconds.
const KEPT: i64 = 10 * 60 * 1000;
/// How long a provider that did not answer is left alone, in milliseconds.
const REST: i64 = 10 * 1000;

/// The providers of a service.
pub(in crate::flow) struct Providers {
    client: reqwest::Client,
    all: Vec<Provider>,
}

struct Provider {
    config: config::Provider,
    secret: Option<String>,
    known: Mutex<Option<Known>>,
}

/// What a provider said of itself, or that it said nothing.
#[derive(Clone)]
struct Known {
    at: Instant,
    said: Result<CoreProviderMetadata, String>,
}

/// A provider, as pages name it.
#[derive(Clone, Debug)]
pub struct Named {
    /// Its name in addresses.
    pub name: String,
    /// Its name in Chinese.
    pub zh: String,
    /// Its name in English.
    pub en: String,
    /// Its address.
    pub issuer: String,
}

/// Somebody, as a provider knows them.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The name of the provider.
    pub provider: String,
    /// Its address.
    pub issuer: String,
    /// The claim by which it knows them, and its value.
    pub holder: String,
    /// It asked for a second factor itself.
    pub second_factor: bool,
}

/// A way to a provider.
#[derive(Clone, Debug)]
pub struct Way {
    /// Where the browser goes.
    pub address: String,
    /// What the browser keeps meanwhile.
    pub kept: String,
}

/// What a browser brings back from a provider, in the query.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Brought {
    code: String,
    state: String,
    iss: Option<String>,
    error: Option<String>,
}

/// Why a provider told us nothing.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// There is no such provider.
    #[error("there is no such provider")]
    Unknown,
    /// It does not answer.
    #[error("the provider does not answer: {0}")]
    Silent(String),
    /// The answer is not to a question of this browser.
    #[error("this browser did not ask, or too long ago")]
    Stale,
    /// The provider, or somebody there, refused.
    #[error("the provider refused: {0}")]
    Declined(String),
    /// What it says is not proven.
    #[error("the provider's answer does not hold: {0}")]
    Unproven(String),
}

/// Claims beside those of the standard.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Others(serde_json::Map<String, serde_json::Value>);

impl AdditionalClaims for Others {}

type Fields = IdTokenFields<
    Others,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Answer = StandardTokenResponse<Fields, CoreTokenType>;
type Party = Client<
    Others,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Answer,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A request that went nowhere.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unreached(String);

impl Providers {
    pub(in crate::flow) fn open(config: &config::Identity) -> Result<Self, StartError> {
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| StartError::Http(error.to_string()))?;
        let open = |config: &config::Provider| {
            let read = |path: &std::path::PathBuf| {
                let unread =
                    |error| StartError::Provider(config.name.clone(), path.display().to_string(), error);
                std::fs::read_to_string(path).map(|text| text.trim().to_owned()).map_err(unread)
            };
            let secret = config.client_secret_file.as_ref().map(read).transpose()?;
            Ok(Provider { config: config.clone(), secret, known: Mutex::default() })
        };
        let all = config.provider.iter().map(open).collect::<Result<_, StartError>>()?;
        Ok(Self { client, all })
    }

    fn find(&self, name: &str) -> Result<&Provider, Trouble> {
        self.all.iter().find(|it| it.config.name == name).ok_or(Trouble::Unknown)
    }
}

/// The providers that people may sign in by.
#[must_use]
pub fn named(app: &App) -> Vec<Named> {
    let named = |Provider { config, .. }: &Provider| Named {
        name: config.name.clone(),
        zh: config.zh.clone(),
        en: config.en.clone(),
        issuer: config.issuer.clone(),
    };
    app.0.providers.all.iter().map(named).collect()
}

/// The way to a provider, for an errand that comes back with the answer.
pub async fn begin(app: &App, name: &str, errand: &str) -> Result<Way, Trouble> {
    let provider = app.0.providers.find(name)?;
    let party = provider.party(app, false).await?;
    let kept = format!("{}{errand}", app.secret());
    let (state, nonce) = (derived("state", name, &kept), derived("nonce", name, &kept));
    let challenge =
        PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(derived("pkce", name, &kept)));
    let mut request = party
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            || CsrfToken::new(state),
            || Nonce::new(nonce),
        )
        .set_pkce_challenge(challenge);
    for scope in &provider.config.scopes {
        request = request.add_scope(Scope::new(scope.clone()));
    }
    let (address, ..) = request.url();
    Ok(Way { address: address.into(), kept })
}

/// Who somebody is that a provider sent back, and the errand they are on.
pub async fn finish(
    app: &App,
    name: &str,
    kept: &str,
    brought: Brought,
) -> Result<(Identity, String), Trouble> {
    let provider = app.0.providers.find(name)?;
    let errand = kept.get(SECRET..).ok_or(Trouble::Stale)?;
    if !same_secret(&derived("state", name, kept), &brought.state) {
        return Err(Trouble::Stale);
    }
    // RFC 9207: an answer that names its issuer is by that one.
    if brought.iss.is_some_and(|issuer| issuer != provider.config.issuer) {
        return Err(Trouble::Unproven("it is by another issuer".to_owned()));
    }
    if let Some(error) = brought.error {
        return Err(Trouble::Declined(error.chars().filter(|c| !c.is_control()).take(80).collect()));
    }
    let party = provider.party(app, false).await?;
    let http = app.0.providers.http();
    let exchange = party
        .exchange_code(AuthorizationCode::new(brought.code))
        .map_err(|error| Trouble::Silent(error.to_string()))?
        .set_pkce_verifier(PkceCodeVerifier::new(derived("pkce", name, kept)));
    let answer = exchange.request_async(&http).await.map_err(|error| match error {
        RequestTokenError::ServerResponse(said) => Trouble::Declined(said.error().to_string()),
        RequestTokenError::Request(error) => Trouble::Silent(error.to_string()),
        error => Trouble::Unproven(error.to_string()),
    })?;
    let nonce = Nonce::new(derived("nonce", name, kept));
    let identity = match provider.read(app, &party, &answer, &nonce) {
        // The provider may have new keys.
        Err(Trouble::Unproven(_)) => provider.read(app, &provider.party(app, true).await?, &answer, &nonce),
        read => read,
    };
    identity.map(|identity| (identity, errand.to_owned()))
}

/// What follows from the secret of a way: each word another value that tells nothing of the others.
fn derived(word: &str, provider: &str, kept: &str) -> String {
    seal::digest(format!("openid {word} {provider} {kept}").as_bytes()).to_string()
}

impl Provider {
    /// We, as the provider knows us, and the provider, as it says of itself.
    async fn party(&self, app: &App, anew: bool) -> Result<Party, Trouble> {
        let metadata = self.metadata(app, anew).await?;
        let back = format!("{}/sign-in/from/{}", app.issuer().origin, self.config.name);
        let back = RedirectUrl::new(back).map_err(|error| Trouble::Silent(error.to_string()))?;
        // Where a provider does not say how, it is asked by HTTP Basic (Discovery 1.0, 3).
        let methods = metadata.token_endpoint_auth_methods_supported();
        let by_body =
            methods.is_some_and(|methods| !methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let secret = self.secret.clone().map(ClientSecret::new);
        let party =
            Client::from_provider_metadata(metadata, ClientId::new(self.config.client_id.clone()), secret);
        let kind = if by_body { AuthType::RequestBody } else { AuthType::BasicAuth };
        Ok(party.set_redirect_uri(back).set_auth_type(kind))
    }

    async fn metadata(&self, app: &App, anew: bool) -> Result<CoreProviderMetadata, Trouble> {
        let now = app.now();
        let mut known = self.known.lock().await;
        let age = |it: &Known| now.millis() - it.at.millis();
        let fresh = |it: &&Known| (0..if it.said.is_ok() && !anew { KEPT } else { REST }).contains(&age(it));
        if let Some(known) = known.as_ref().filter(fresh) {
            return known.said.clone().map_err(Trouble::Silent);
        }
        let issuer =
            IssuerUrl::new(self.config.issuer.clone()).map_err(|error| Trouble::Silent(error.to_string()))?;
        let http = app.0.providers.http();
        let said =
            CoreProviderMetadata::discover_async(issuer, &http).await.map_err(|error| error.to_string());
        if let Err(error) = &said {
            tracing::warn!(provider = self.config.name, error, "a provider does not say who it is");
        }
        *known = Some(Known { at: now, said: said.clone() });
        said.map_err(Trouble::Silent)
    }

    /// Reads the ID token (Core 1.0, 3.1.3.7).
    fn read(&self, app: &App, party: &Party, answer: &Answer, nonce: &Nonce) -> Result<Identity, Trouble> {
        let unproven = |error: String| Trouble::Unproven(error);
        let token = answer.id_token().ok_or_else(|| unproven("it has no ID token".to_owned()))?;
        let now = chrono::DateTime::from_timestamp_millis(app.now().millis()).unwrap_or_default();
        let verifier = party.id_token_verifier().set_time_fn(move || now);
        let claims = token.claims(&verifier, nonce).map_err(|error| unproven(error.to_string()))?;
        let config = &self.config;
        let holder = match config.holder.as_str() {
            "sub" => claims.subject().to_string(),
            claim => match claims.additional_claims().0.get(claim) {
                Some(serde_json::Value::String(text)) if !text.is_empty() => text.clone(),
                Some(serde_json::Value::Number(number)) => number.to_string(),
                _ => return Err(unproven(format!("it does not say {claim}"))),
            },
        };
        let acr = claims.auth_context_ref().map(|it| it.to_string());
        let amr = claims.auth_method_refs().into_iter().flatten().map(|it| it.to_string());
        Ok(Identity {
            provider: config.name.clone(),
            issuer: config.issuer.clone(),
            holder: format!("{}:{holder}", config.holder),
            second_factor: acr.into_iter().chain(amr).any(|said| config.second_factor.contains(&said)),
        })
    }
}

impl Providers {
    /// What the library asks over the network with.
    fn http(
        &self,
    ) -> impl Fn(HttpRequest) -> std::pin::Pin<Box<dyn Future<Output = Result<HttpResponse, Unreached>> + Send>>
    {
        let client = self.client.clone();
        move |request| {
            let client = client.clone();
            Box::pin(async move { ask(&client, request).await })
        }
    }
}

async fn ask(client: &reqwest::Client, request: HttpRequest) -> Result<HttpResponse, Unreached> {
    let unreached = |error: reqwest::Error| Unreached(error.without_url().to_string());
    let mut response = client.execute(request.try_into().map_err(unreached)?).await.map_err(unreached)?;
    let mut whole = openidconnect::http::Response::new(Vec::new());
    *whole.status_mut() = response.status();
    *whole.headers_mut() = response.headers().clone();
    while let Some(chunk) = response.chunk().await.map_err(unreached)? {
        if whole.body().len() + chunk.len() > ANSWER {
            return Err(Unreached("it answers too much".to_owned()));
        }
        whole.body_mut().extend_from_slice(&chunk);
    }
    Ok(whole)
}
