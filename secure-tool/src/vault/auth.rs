//! How a store proves to Vault who it is: files and names in, the body of a login out.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::error::Error;

/// The most bytes of a file with a token, a secret id or a JWT.
const LONGEST_FILE: u64 = 64 * 1024;

/// How a [`VaultSecrets`](super::VaultSecrets) proves who it is.
///
/// ```
/// use secure_tool::VaultAuth;
///
/// let by_agent = VaultAuth::token_file("/run/vault/token");                    // Vault's own agent keeps it fresh
/// let by_role = VaultAuth::app_role_file("shop-bot", "/run/vault/secret-id");
/// let in_cluster = VaultAuth::kubernetes("shop-bot").at("k8s-eu");
/// assert_eq!(format!("{by_role:?}"), "VaultAuth(role `shop-bot` at `auth/approle`)");
/// # let _ = (by_agent, in_cluster);
/// ```
#[derive(Clone)]
pub struct VaultAuth {
    way: Way,
    /// Where the method is mounted, below `auth/`.
    mount: String,
}

#[derive(Clone)]
enum Way {
    TokenFile(PathBuf),
    AppRole { role: String, secret: SecretId },
    Kubernetes { role: String, jwt: PathBuf },
}

#[derive(Clone)]
enum SecretId {
    Given(SecretString),
    File(PathBuf),
}

/// What a store does next to have a token.
pub(super) enum Proof {
    /// This is one.
    Token(SecretString),
    /// A login at this path, below `/v1/auth/`, with this JSON.
    Login { path: String, body: SecretString },
}

impl VaultAuth {
    /// A token in a file, read again whenever the secrets are. Who wrote it (Vault's agent, an
    /// orchestrator) renews it.
    pub fn token_file(path: impl Into<PathBuf>) -> Self {
        Self { way: Way::TokenFile(path.into()), mount: "token".into() }
    }

    /// An `AppRole` with a secret id given in code.
    pub fn app_role(role_id: impl Into<String>, secret_id: impl Into<SecretString>) -> Self {
        Self {
            way: Way::AppRole { role: role_id.into(), secret: SecretId::Given(secret_id.into()) },
            mount: "approle".into(),
        }
    }

    /// An `AppRole` with a secret id in a file, read again at each login.
    pub fn app_role_file(role_id: impl Into<String>, secret_id: impl Into<PathBuf>) -> Self {
        Self {
            way: Way::AppRole { role: role_id.into(), secret: SecretId::File(secret_id.into()) },
            mount: "approle".into(),
        }
    }

    /// The service account of a pod, by the token that Kubernetes mounts for it. See
    /// [`jwt_file`](Self::jwt_file) for one that is mounted elsewhere.
    pub fn kubernetes(role: impl Into<String>) -> Self {
        let jwt = "/var/run/secrets/kubernetes.io/serviceaccount/token".into();
        Self { way: Way::Kubernetes { role: role.into(), jwt }, mount: "kubernetes".into() }
    }

    /// Where the JWT of [`kubernetes`](Self::kubernetes) is, read again at each login. Other
    /// methods have none, and it is not looked at.
    #[must_use]
    pub fn jwt_file(mut self, path: impl Into<PathBuf>) -> Self {
        if let Way::Kubernetes { jwt, .. } = &mut self.way {
            *jwt = path.into();
        }
        self
    }

    /// Where the method is mounted, below `auth/`, if not under its own name.
    #[must_use]
    pub fn at(mut self, mount: impl Into<String>) -> Self {
        self.mount = mount.into();
        self
    }

    /// Reads what has to be read.
    pub(super) fn proof(&self) -> Result<Proof, Error> {
        let login = |body: serde_json::Value| Proof::Login {
            path: format!("{}/login", self.mount),
            body: body.to_string().into(),
        };
        match &self.way {
            Way::TokenFile(path) => read(path).map(Proof::Token),
            Way::AppRole { role, secret } => {
                let secret = match secret {
                    SecretId::Given(secret) => secret.clone(),
                    SecretId::File(path) => read(path)?,
                };
                Ok(login(json!({ "role_id": role, "secret_id": secret.expose_secret() })))
            }
            Way::Kubernetes { role, jwt } => {
                Ok(login(json!({ "role": role, "jwt": read(jwt)?.expose_secret() })))
            }
        }
    }

    /// Whether it has a login, and so a token to renew.
    pub(super) fn logs_in(&self) -> bool {
        !matches!(self.way, Way::TokenFile(_))
    }

    pub(super) fn mount(&self) -> &str {
        &self.mount
    }
}

impl fmt::Debug for VaultAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.way {
            Way::TokenFile(path) => write!(f, "VaultAuth(token in `{}`)", path.display()),
            Way::AppRole { role, .. } | Way::Kubernetes { role, .. } => {
                write!(f, "VaultAuth(role `{role}` at `auth/{}`)", self.mount)
            }
        }
    }
}

/// A file's text, without the white space at its end.
fn read(path: &Path) -> Result<SecretString, Error> {
    let wrong =
        |what: &str| Error::secret(format!("secret manager: the file `{}` {what}", path.display()));
    let file = std::fs::File::open(path).map_err(|error| wrong("can't be read").because(error))?;
    let mut text = String::new();
    let length = file
        .take(LONGEST_FILE + 1)
        .read_to_string(&mut text)
        .map_err(|error| wrong("can't be read").because(error))?;
    // Wiped when dropped, also where it is not used.
    let text = SecretString::from(text);
    let trimmed = text.expose_secret().trim_end();
    if length as u64 > LONGEST_FILE
        || trimmed.is_empty()
        || !trimmed.bytes().all(|b| b.is_ascii_graphic())
    {
        return Err(wrong("holds no credential"));
    }
    Ok(trimmed.to_owned().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_to_prove_who_one_is_shows_no_secret() {
        for auth in [
            VaultAuth::app_role("bot", "canary-6c2f".to_owned()),
            VaultAuth::app_role("bot", "canary-6c2f".to_owned()).at("eu"),
        ] {
            assert!(!format!("{auth:?}").contains("canary"), "{auth:?}");
        }
    }

    #[test]
    fn a_file_that_holds_no_credential_is_told_by_its_name() {
        let error = VaultAuth::token_file("/nowhere/token").proof().err().expect("no file");
        assert_eq!(error.to_string(), "secret manager: the file `/nowhere/token` can't be read");
    }
}
