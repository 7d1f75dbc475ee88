//! The one door by which addresses that others named are called: into the public internet, and nowhere else.
//!
//! A name is looked up once for each call, by us; if any of its addresses is not public, nothing is called, and if all are, the
//! connection goes to one of them and to none that a second look-up might tell. Redirects are not followed, proxies not used,
//! and of the answer only the status is read.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::config::Webhooks;
use crate::rules::reach;

/// The longest address.
const LONGEST: usize = 1_000;
/// The longest that a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// The most that is sent in one call, in bytes.
pub const BODY: usize = 16 << 10;

/// Looks up a name.
pub type Lookup = Arc<dyn Fn(String) -> Looked + Send + Sync>;

/// The addresses of a name, once they are known.
pub type Looked = Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>>;

/// The door.
#[derive(Clone, Debug)]
pub struct Door {
    client: reqwest::Client,
    ports: Vec<u16>,
    trial: bool,
}

/// Why an address is not called, or did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCalled {
    /// No address that is called.
    #[error("{0}")]
    Address(&'static str),
    /// It leads into a network that is not public.
    #[error("域名指向非公共地址 / the name leads to an address that is not public")]
    NotPublic,
    /// The name is not known.
    #[error("域名不存在或没有地址 / the name is not known, or has no address")]
    NoAddress,
    /// It took too long.
    #[error("未在时限内答复 / there was no answer in time")]
    Silent,
    /// There was no connection, or it broke.
    #[error("无法建立安全连接 / there was no connection, or it was not secure")]
    Broken,
}

/// Looks names up and refuses what is not public.
struct Guard {
    lookup: Lookup,
    trial: bool,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        if reach::is_invalid_name(name.as_str()) {
            return Box::pin(async { Err(NotCalled::NoAddress.into()) });
        }
        let looked = (self.lookup)(name.as_str().to_owned());
        let trial = self.trial;
        Box::pin(async move {
            let found = looked.await.map_err(|_| NotCalled::NoAddress)?;
            if found.is_empty() {
                return Err(NotCalled::NoAddress.into());
            }
            if !trial && !found.iter().all(|address| is_public(address.ip())) {
                return Err(NotCalled::NotPublic.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is public.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => reach::is_public_v4(address.octets()),
        IpAddr::V6(address) => reach::is_public_v6(address.octets()),
    }
}

impl Door {
    /// A door that looks names up as the machine does.
    pub fn open(config: &Webhooks) -> Result<Self, String> {
        let lookup: Lookup = Arc::new(|name: String| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
                Ok(found.collect())
            })
        });
        Self::with(config, lookup)
    }

    /// A door that looks names up in another way.
    pub fn with(config: &Webhooks, lookup: Lookup) -> Result<Self, String> {
        let client = reqwest::Client::builder()
            .dns_resolver(Arc::new(Guard { lookup, trial: config.trial }))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .https_only(!config.trial)
            .timeout(Duration::from_secs(config.timeout_seconds))
            .connect_timeout(CONNECT)
            .pool_max_idle_per_host(0)
            .referer(false)
            .user_agent("Mingzheng-Webhooks/1")
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { client, ports: config.ports.clone(), trial: config.trial })
    }

    /// An address that may be called, in one spelling.
    pub fn address(&self, typed: &str) -> Result<String, NotCalled> {
        self.read(typed).map(String::from)
    }

    fn read(&self, typed: &str) -> Result<Url, NotCalled> {
        let no = |why| Err(NotCalled::Address(why));
        if typed.len() > LONGEST {
            return no("地址不超过 1000 个字符 / an address has at most 1000 characters");
        }
        let Ok(url) = Url::parse(typed.trim()) else {
            return no(
                "请填写完整地址，例如 https://example.cn/hook / write a whole address, such as https://example.cn/hook",
            );
        };
        if url.scheme() != "https" && !(self.trial && url.scheme() == "http") {
            return no("地址须以 https:// 开头 / an address begins with https://");
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return no("地址中不能有用户名、密码或 # / an address has no name, password or #");
        }
        let port = url.port_or_known_default().unwrap_or(0);
        if !self.trial && !self.ports.contains(&port) {
            return no("不允许使用此端口，请用 443 或 8443 / this port is not called: use 443 or 8443");
        }
        let Some(host) = url.host_str() else {
            return no("地址中没有主机名 / the address has no host");
        };
        // The library writes every spelling of an IPv4 address (0x7f.1, 2130706433) as four numbers.
        let literal: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        if literal.is_none() && !self.trial && !host.trim_end_matches('.').contains('.') {
            return no("请填写完整的域名 / write a whole host name");
        }
        if literal.is_some_and(|address| !self.trial && !is_public(address)) {
            return Err(NotCalled::NotPublic);
        }
        Ok(url)
    }

    /// Sends JSON to an address, and tells with which status it was answered.
    pub async fn post(
        &self,
        address: &str,
        headers: &[(&'static str, String)],
        body: String,
    ) -> Result<u16, NotCalled> {
        if body.len() > BODY {
            return Err(NotCalled::Address("消息过大 / the message is too large"));
        }
        let mut request = self.client.post(self.read(address)?).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        match request.body(body).send().await {
            // The body of the answer is not read: it tells us nothing, and could be endless.
            Ok(answer) => Ok(answer.status().as_u16()),
            Err(error) => Err(why(&error)),
        }
    }
}

/// Why there was no answer: what we refused ourselves, or what happened.
fn why(error: &reqwest::Error) -> NotCalled {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    for cause in causes {
        if let Some(refused) = cause.downcast_ref::<NotCalled>() {
            return refused.clone();
        }
    }
    if error.is_timeout() { NotCalled::Silent } else { NotCalled::Broken }
}
