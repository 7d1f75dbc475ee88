//! A signing key in a hardware module, or a program in its place, reached over PKCS#11 (OASIS, version 2.40).
//!
//! The private key never leaves the module. A small TOML file names it:
//!
//! ```toml
//! module = "/usr/lib/softhsm/libsofthsm2.so"   # the library of its maker
//! token = "mingzheng"                          # the label of the token
//! key = "reports-2026"                         # the label of the key
//! pin_file = "/etc/mingzheng/pin"              # readable by its owner only; without it the variable MINGZHENG_PKCS11_PIN
//! ```
//!
//! A session that broke is opened again, once for each signature. A PIN that was refused is not tried a second time, because a module
//! locks itself after a few.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as Refusal, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use der::asn1::{OctetString, UintRef};
use der::{Decode as _, Encode as _};
use serde::{Deserialize, Serialize};

use crate::rules::KeyKind;
use crate::seal::key_folder::secret;
use crate::seal::{Error, Random, kinds};

/// Where the PIN is, unless a file is named.
const PIN: &str = "MINGZHENG_PKCS11_PIN";

/// Which key of which token, and how to reach it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// The library that speaks for the module.
    #[serde(rename = "module")]
    pub library: PathBuf,
    /// The label of the token.
    pub token: String,
    /// The label of the key.
    pub key: String,
    /// The file that holds the PIN, readable by its owner only; without it the variable `MINGZHENG_PKCS11_PIN` does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin_file: Option<PathBuf>,
}

/// A key in a module: what the platform holds of it is a session.
pub(super) struct Secret {
    module: Module,
    /// Loaded once and kept: not every library survives being unloaded.
    library: Pkcs11,
    kind: KeyKind,
    public: Vec<u8>,
    state: Mutex<State>,
}

enum State {
    Open(Session, ObjectHandle),
    Closed,
    PinRefused,
}

/// What went wrong, in the words of the module.
enum Fault {
    Refused(&'static str, Refusal),
    Said(String),
    Other(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl Module {
    /// Reads the file that names a key.
    pub fn parse(text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|error| Error::ModuleFile(error.message().to_owned()))
    }

    /// The file that names this key.
    #[must_use]
    pub fn write(&self) -> String {
        // A string of JSON is one of TOML: both escape with a backslash, and the same characters.
        let quote = |text: &str| serde_json::Value::from(text).to_string();
        let pin_file =
            self.pin_file.as_ref().map(|it| format!("pin_file = {}\n", quote(&it.to_string_lossy())));
        format!(
            "module = {}\ntoken = {}\nkey = {}\n{}",
            quote(&self.library.to_string_lossy()),
            quote(&self.token),
            quote(&self.key),
            pin_file.unwrap_or_default()
        )
    }

    fn explain(&self, fault: Fault) -> Error {
        let why = match fault {
            Fault::Other(error) => return error,
            Fault::Said(why) => why,
            Fault::Refused(act, Refusal::Pkcs11(code, _)) => format!("{act}: {code:?}"),
            Fault::Refused(act, refusal) => format!("{act}: {refusal}"),
        };
        Error::Module { key: self.key.clone(), token: self.token.clone(), why }
    }

    fn load(&self) -> Result<Pkcs11, Fault> {
        let refused = |_| Fault::Said(format!("{} is no PKCS#11 library", self.library.display()));
        Pkcs11::new(&self.library).map_err(refused)
    }

    fn slot(&self, library: &Pkcs11) -> Result<Slot, Fault> {
        match library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            // The library is one for the whole process: another key may have woken it.
            Ok(()) | Err(Refusal::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(refusal) => return Err(Fault::Refused("start", refusal)),
        }
        let tokens =
            library.get_slots_with_initialized_token().map_err(|it| Fault::Refused("list tokens", it))?;
        let named = |slot: &Slot| library.get_token_info(*slot).is_ok_and(|it| it.label() == self.token);
        tokens.into_iter().find(named).ok_or_else(|| Fault::Said("no token has this label".to_owned()))
    }

    fn log_in(&self, session: &Session) -> Result<(), Fault> {
        let pin = match &self.pin_file {
            Some(file) => secret(file)?.trim_end_matches(['\r', '\n']).to_owned(),
            None => std::env::var(PIN)
                .map_err(|_| Fault::Said(format!("there is no PIN: name a pin_file, or set {PIN}")))?,
        };
        match session.login(UserType::User, Some(&AuthPin::from(pin))) {
            // Logging in counts for every session of the process.
            Ok(()) | Err(Refusal::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(refusal) => Err(Fault::Refused("log in", refusal)),
        }
    }

    fn open(&self, library: &Pkcs11) -> Result<(Session, ObjectHandle), Fault> {
        let session = library
            .open_ro_session(self.slot(library)?)
            .map_err(|it| Fault::Refused("open a session", it))?;
        self.log_in(&session)?;
        let key = self.find(&session, ObjectClass::PRIVATE_KEY)?;
        let key = key.ok_or_else(|| Fault::Said("the token has no private key of this label".to_owned()))?;
        Ok((session, key))
    }

    fn find(&self, session: &Session, class: ObjectClass) -> Result<Option<ObjectHandle>, Fault> {
        let wanted = [Attribute::Class(class), Attribute::Label(self.key.clone().into_bytes())];
        let found = session.find_objects(&wanted).map_err(|it| Fault::Refused("look for the key", it))?;
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            _ => Err(Fault::Said("several keys of the token have this label".to_owned())),
        }
    }

    /// The kind and the public half of the key, as a certificate has it.
    fn public(&self, session: &Session, private: ObjectHandle) -> Result<(KeyKind, Vec<u8>), Fault> {
        let object = self.find(session, ObjectClass::PUBLIC_KEY)?.unwrap_or(private);
        let wanted = [
            AttributeType::EcParams,
            AttributeType::EcPoint,
            AttributeType::Modulus,
            AttributeType::PublicExponent,
        ];
        let found = session
            .get_attributes(object, &wanted)
            .map_err(|it| Fault::Refused("read the public key", it))?;
        let (mut curve, mut point, mut modulus, mut exponent) = (None, None, None, None);
        for attribute in found {
            match attribute {
                Attribute::EcParams(value) => curve = Some(value),
                Attribute::EcPoint(value) => point = Some(value),
                Attribute::Modulus(value) => modulus = Some(value),
                Attribute::PublicExponent(value) => exponent = Some(value),
                _ => {}
            }
        }
        let named = kinds::key_algorithm(KeyKind::P256).parameters.and_then(|it| it.to_der().ok());
        let read = match (point, modulus.zip(exponent)) {
            (Some(point), None) if curve == named => ec_point(&point).map(|it| (KeyKind::P256, it)),
            (None, Some((modulus, exponent))) => {
                rsa_public(&modulus, &exponent).map(|it| (KeyKind::Rsa3072, it))
            }
            _ => None,
        };
        read.ok_or_else(|| {
            Fault::Said("the key is neither on P-256 nor RSA with its public half beside it".to_owned())
        })
    }

    /// Makes a key in the token, unless there is one of this label already.
    fn make(&self, library: &Pkcs11, kind: KeyKind, random: Random) -> Result<(), Fault> {
        let (mechanism, of_kind) = match kind {
            KeyKind::P256 => {
                let curve = kinds::key_algorithm(kind).parameters.and_then(|it| it.to_der().ok());
                (Mechanism::EccKeyPairGen, vec![Attribute::EcParams(curve.unwrap_or_default())])
            }
            KeyKind::Rsa3072 => (
                Mechanism::RsaPkcsKeyPairGen,
                vec![Attribute::ModulusBits(3072.into()), Attribute::PublicExponent(vec![1, 0, 1])],
            ),
            KeyKind::Sm2 => return Err(Fault::Said("PKCS#11 knows no SM2 keys".to_owned())),
        };
        let session = library
            .open_rw_session(self.slot(library)?)
            .map_err(|it| Fault::Refused("open a session", it))?;
        self.log_in(&session)?;
        if self.find(&session, ObjectClass::PRIVATE_KEY)?.is_some() {
            return Ok(());
        }
        let mut id = vec![0; 16];
        random(&mut id);
        let both =
            [Attribute::Token(true), Attribute::Label(self.key.clone().into_bytes()), Attribute::Id(id)];
        let public = [&both[..], &of_kind, &[Attribute::Private(false), Attribute::Verify(true)]].concat();
        let private = [
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
        ];
        let made = session.generate_key_pair(&mechanism, &public, &[&both[..], &private].concat());
        made.map(|_| ()).map_err(|it| Fault::Refused("make the key", it))
    }
}

impl Secret {
    /// Makes a key, unless there is one of this label already, and opens it.
    pub(super) fn make(module: Module, kind: KeyKind, random: Random) -> Result<Self, Error> {
        let made = module.load().and_then(|library| {
            module.make(&library, kind, random)?;
            Ok(library)
        });
        let library = made.map_err(|fault| module.explain(fault))?;
        Self::with(module, library)
    }

    /// Opens a key and reads its public half.
    pub(super) fn open(module: Module) -> Result<Self, Error> {
        let library = module.load().map_err(|fault| module.explain(fault))?;
        Self::with(module, library)
    }

    fn with(module: Module, library: Pkcs11) -> Result<Self, Error> {
        let opened = module.open(&library).and_then(|(session, key)| {
            let (kind, public) = module.public(&session, key)?;
            Ok((session, key, kind, public))
        });
        let (session, key, kind, public) = opened.map_err(|fault| module.explain(fault))?;
        Ok(Self { module, library, kind, public, state: Mutex::new(State::Open(session, key)) })
    }

    /// That this key is none of those that are used here.
    pub(super) fn unfit(&self) -> Error {
        self.module.explain(Fault::Said("of RSA it takes 3072 bits and the exponent 65537".to_owned()))
    }

    pub(super) fn kind(&self) -> KeyKind {
        self.kind
    }

    pub(super) fn public(&self) -> Vec<u8> {
        self.public.clone()
    }

    /// Signs a message: `r ‖ s` with any `s` for P-256, the number of PKCS#1 for RSA.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        // Whoever panicked with the session left it as usable as a broken one.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Open(session, key) = &*state
            && let Ok(signature) = self.ask(session, *key, message)
        {
            return Ok(signature);
        }
        if matches!(*state, State::PinRefused) {
            let why =
                "the PIN was refused before and is not tried again: correct it and start again".to_owned();
            return Err(self.module.explain(Fault::Said(why)));
        }
        *state = State::Closed; // Closes the session before another is opened.
        let signed = self.module.open(&self.library).and_then(|(session, key)| {
            let signature = self.ask(&session, key, message);
            *state = State::Open(session, key);
            signature.map_err(|it| Fault::Refused("sign", it))
        });
        if let Err(Fault::Refused("log in", _)) = signed {
            *state = State::PinRefused;
        }
        signed.map_err(|fault| self.module.explain(fault))
    }

    fn ask(&self, session: &Session, key: ObjectHandle, message: &[u8]) -> Result<Vec<u8>, Refusal> {
        match self.kind {
            KeyKind::P256 => {
                session.sign(&Mechanism::Ecdsa, key, &kinds::digest_parts(self.kind, &[message]))
            }
            KeyKind::Rsa3072 | KeyKind::Sm2 => session.sign(&Mechanism::Sha256RsaPkcs, key, message),
        }
    }
}

/// The point of a key: in an OCTET STRING as the standard has it, or bare as some modules do.
fn ec_point(value: &[u8]) -> Option<Vec<u8>> {
    if value.len() == 65 {
        return Some(value.to_vec());
    }
    OctetString::from_der(value).ok().map(|it| it.as_bytes().to_vec())
}

/// `RSAPublicKey` (RFC 8017, A.1.1).
fn rsa_public(modulus: &[u8], exponent: &[u8]) -> Option<Vec<u8>> {
    let number = |value| UintRef::new(value).and_then(|it| it.to_der());
    let inner = [number(modulus).ok()?, number(exponent).ok()?].concat();
    der::Any::new(der::Tag::Sequence, inner).and_then(|it| it.to_der()).ok()
}
