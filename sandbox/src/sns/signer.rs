//! The key with which notifications are signed, and the certificate of it: made once, when the first message is
//! signed, and kept.
//!
//! Source: "Verifying the signatures of Amazon SNS messages".

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rcgen::{CertificateParams, DnType, PKCS_RSA_SHA256, PublicKeyData, SignatureAlgorithm};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::Sns;
use super::notification::text;
use super::signatures::Signatures;
use crate::fault::Fault;
use crate::signing_key::{Hash, SigningKey, StoredKey};
use crate::store::{self, Record};

/// There is one record.
const KEY: &str = "signer";
/// Before the digest of the certificate in its address, and after it.
pub const FILE: &str = "/SimpleNotificationService-";
const ENDING: &str = ".pem";
const LINE: usize = 64;

/// As it is recorded.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct StoredSigner {
    key: StoredKey,
    /// In PEM.
    certificate: String,
}

impl Record for StoredSigner {
    const KIND: &'static str = "sns.signer";
}

#[derive(Debug)]
pub struct Signer {
    key: SigningKey,
    /// In PEM.
    pub certificate: String,
    /// Of the certificate.
    pub path: String,
    recent: Signatures,
}

impl StoredSigner {
    pub async fn generate() -> Result<Self, Fault> {
        let key = StoredKey::generate().await?;
        let private = key.read().ok_or_else(damaged)?;
        let certificate = certificate(&private);
        let certificate =
            certificate.map_err(|error| Fault::internal(format!("no certificate: {error}")))?;
        Ok(Self { key, certificate })
    }
}

impl Signer {
    fn read(stored: StoredSigner) -> Result<Self, Fault> {
        let digest = Sha256::digest(&stored.certificate);
        Ok(Self {
            key: stored.key.read().ok_or_else(damaged)?,
            certificate: stored.certificate,
            path: format!("{FILE}{}{ENDING}", store::hex(&digest[..16])),
            recent: Signatures::default(),
        })
    }

    /// The signature of a message, in Base64: made once, however many subscriptions get the message.
    pub async fn signature(&self, message: &Map<String, Value>) -> Result<String, Fault> {
        let (digest, hash) = digest(message);
        let sign = || self.sign(&digest, hash);
        self.recent.of(&digest, sign).await
    }

    /// As [`signature`](Self::signature), for who cannot wait for one that is being made.
    pub fn signature_at_once(&self, message: &Map<String, Value>) -> Result<String, Fault> {
        let (digest, hash) = digest(message);
        self.sign(&digest, hash)
    }

    #[cfg(test)]
    pub fn signatures(&self) -> usize {
        self.recent.count()
    }

    fn sign(&self, digest: &[u8], hash: Hash) -> Result<String, Fault> {
        let signed = self.key.sign_digest(digest, hash)?;
        Ok(BASE64_STANDARD.encode(signed))
    }
}

/// The digest of what is signed of a message. Version 2 hashes with SHA-256, version 1 with SHA-1.
fn digest(message: &Map<String, Value>) -> (Vec<u8>, Hash) {
    let hash = match text(message, "SignatureVersion") {
        "2" => Hash::Sha256,
        _ => Hash::Sha1,
    };
    (hash.of(canonical(message).as_bytes()), hash)
}

/// What is signed of a message: some of its members, by name, each with its value on a line of its own.
fn canonical(message: &Map<String, Value>) -> String {
    let members: &[&str] = match text(message, "Type") {
        "Notification" => &[
            "Message",
            "MessageId",
            "Subject",
            "Timestamp",
            "TopicArn",
            "Type",
        ],
        _ => &[
            "Message",
            "MessageId",
            "SubscribeURL",
            "Timestamp",
            "Token",
            "TopicArn",
            "Type",
        ],
    };
    let members = members.iter().filter_map(|name| {
        let value = message.get(*name)?.as_str()?;
        Some(format!("{name}\n{value}\n"))
    });
    members.collect()
}

fn damaged() -> Fault {
    Fault::internal("the key that signs notifications is damaged")
}

/// The certificate of the key, signed by itself: nobody vouches for a sandbox.
fn certificate(key: &SigningKey) -> Result<String, rcgen::Error> {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "SNS of a sandbox");
    params.serial_number = Some(rand::random::<u64>().into());
    let subject = Subject {
        public: public_key(key),
        key,
    };
    let certificate = params.self_signed(&subject)?;
    Ok(pem(certificate.der()))
}

/// As PKCS #1 writes a public key (RFC 8017, A.1.1).
fn public_key(key: &SigningKey) -> Vec<u8> {
    let (n, e) = key.public();
    yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_bigint_bytes(&n, true);
            writer.next().write_bigint_bytes(&e, true);
        });
    })
}

/// Source: RFC 7468.
fn pem(der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let mut lines = vec!["-----BEGIN CERTIFICATE-----"];
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(LINE.min(rest.len()));
        lines.push(line);
        rest = after;
    }
    lines.push("-----END CERTIFICATE-----\n");
    lines.join("\n")
}

/// What signs the certificate, and is certified.
struct Subject<'k> {
    public: Vec<u8>,
    key: &'k SigningKey,
}

impl PublicKeyData for Subject<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

impl rcgen::SigningKey for Subject<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signed = self.key.sign(message, Hash::Sha256);
        signed.map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

impl Sns {
    /// The signer. To make its key takes a while, in which others are answered.
    pub async fn signer(&self) -> Result<&Signer, Fault> {
        let made = self.signer.get_or_try_init(|| async {
            let stored = match self.signers.get(KEY)? {
                Some(stored) => stored,
                None => {
                    let made = StoredSigner::generate().await?;
                    self.signers.put(KEY, &made)?;
                    made
                }
            };
            Signer::read(stored)
        });
        made.await
    }
}
