//! Vault login methods: builds the body of a login request from files and role names.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::error::Error;

/// The maximum size in bytes of a file with a token, a secret id or a JWT.
const LONGEST_FILE: u64 = 64 * 1024;

/// The login method of a [`VaultSecrets`](super::VaultSecrets) store.
///
/// ```
/// use secure_tool::VaultAuth;
///
/// let by_agent = VaultAuth::token_file("/run/vault/token"); // Vault Agent renews it
/// let by_role = VaultAuth::app_role_file("shop-bot", "/run/vault/secret-id");
/// let in_cluster = VaultAuth::kubernetes("shop-bot").at("k8s-eu");
/// assert_eq!(format!("{by_role:?}"), "VaultAuth(role `shop-bot` at `auth/approle`)");
/// # let _ = (by_agent, in_cluster);
/// ```
#[derive(Clone)]
pub struct VaultAuth {
    method: AuthMethod,
    /// The mount of the auth method, below `auth/`.
    mount: String,
}

#[derive(Clone)]
enum AuthMethod {
    TokenFile(PathBuf),
    AppRole { role: String, secret: SecretId },
    Kubernetes { role: String, jwt: PathBuf },
}

#[derive(Clone)]
enum SecretId {
    Given(SecretString),
    File(PathBuf),
}

/// The next step to obtain a token.
pub(super) enum Proof {
    /// A token that needs no login.
    Token(SecretString),
    /// A login with this JSON body at this path below `/v1/auth/`.
    Login { path: String, body: SecretString },
}

impl VaultAuth {
    /// Reads a token from a file, again at each refresh of the secrets. The writer of the file
    /// (Vault Agent, an orchestrator) renews the token.
    ///
    /// ```
    /// let auth = secure_tool::VaultAuth::token_file("/run/vault/token");
    /// # let _ = auth;
    /// ```
    pub fn token_file(path: impl Into<PathBuf>) -> Self {
        Self { method: AuthMethod::TokenFile(path.into()), mount: "token".into() }
    }

    /// Logs in with an `AppRole` and a secret id set in code.
    ///
    /// ```
    /// # let from_elsewhere = String::from("0123456789");
    /// let auth = secure_tool::VaultAuth::app_role("shop-bot", from_elsewhere);
    /// # let _ = auth;
    /// ```
    pub fn app_role(role_id: impl Into<String>, secret_id: impl Into<SecretString>) -> Self {
        Self {
            method: AuthMethod::AppRole {
                role: role_id.into(),
                secret: SecretId::Given(secret_id.into()),
            },
            mount: "approle".into(),
        }
    }

    /// Logs in with an `AppRole` and a secret id from a file, which is read again at each login.
    ///
    /// ```
    /// let auth = secure_tool::VaultAuth::app_role_file("shop-bot", "/run/vault/secret-id");
    /// # let _ = auth;
    /// ```
    pub fn app_role_file(role_id: impl Into<String>, secret_id: impl Into<PathBuf>) -> Self {
        Self {
            method: AuthMethod::AppRole {
                role: role_id.into(),
                secret: SecretId::File(secret_id.into()),
            },
            mount: "approle".into(),
        }
    }

    /// Logs in with the service account token that Kubernetes mounts into the pod. If it is mounted
    /// at another path, set that with [`jwt_file`](Self::jwt_file).
    ///
    /// ```
    /// let auth = secure_tool::VaultAuth::kubernetes("shop-bot");
    /// # let _ = auth;
    /// ```
    pub fn kubernetes(role: impl Into<String>) -> Self {
        let jwt = "/var/run/secrets/kubernetes.io/serviceaccount/token".into();
        Self {
            method: AuthMethod::Kubernetes { role: role.into(), jwt },
            mount: "kubernetes".into(),
        }
    }

    /// Sets the file with the JWT of [`kubernetes`](Self::kubernetes), which is read again at each
    /// login. Default: `/var/run/secrets/kubernetes.io/serviceaccount/token`. Has no effect on
    /// other methods.
    ///
    /// ```
    /// let auth = secure_tool::VaultAuth::kubernetes("shop-bot").jwt_file("/run/vault/jwt");
    /// # let _ = auth;
    /// ```
    #[must_use]
    pub fn jwt_file(mut self, path: impl Into<PathBuf>) -> Self {
        if let AuthMethod::Kubernetes { jwt, .. } = &mut self.method {
            *jwt = path.into();
        }
        self
    }

    /// Sets the mount of the auth method, below `auth/`. Default: `approle` or `kubernetes`.
    ///
    /// ```
    /// let auth = secure_tool::VaultAuth::kubernetes("shop-bot").at("k8s-eu");
    /// assert_eq!(format!("{auth:?}"), "VaultAuth(role `shop-bot` at `auth/k8s-eu`)");
    /// ```
    #[must_use]
    pub fn at(mut self, mount: impl Into<String>) -> Self {
        self.mount = mount.into();
        self
    }

    /// Reads the files of the method and returns the next step.
    pub(super) fn proof(&self) -> Result<Proof, Error> {
        let login = |body: serde_json::Value| Proof::Login {
            path: format!("{}/login", self.mount),
            body: body.to_string().into(),
        };
        match &self.method {
            AuthMethod::TokenFile(path) => read(path).map(Proof::Token),
            AuthMethod::AppRole { role, secret } => {
                let secret = match secret {
                    SecretId::Given(secret) => secret.clone(),
                    SecretId::File(path) => read(path)?,
                };
                Ok(login(json!({ "role_id": role, "secret_id": secret.expose_secret() })))
            }
            AuthMethod::Kubernetes { role, jwt } => {
                Ok(login(json!({ "role": role, "jwt": read(jwt)?.expose_secret() })))
            }
        }
    }

    /// Returns whether the method logs in and therefore has a token to renew.
    pub(super) fn logs_in(&self) -> bool {
        !matches!(self.method, AuthMethod::TokenFile(_))
    }

    pub(super) fn mount(&self) -> &str {
        &self.mount
    }
}

impl fmt::Debug for VaultAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.method {
            AuthMethod::TokenFile(path) => write!(f, "VaultAuth(token in `{}`)", path.display()),
            AuthMethod::AppRole { role, .. } | AuthMethod::Kubernetes { role, .. } => {
                write!(f, "VaultAuth(role `{role}` at `auth/{}`)", self.mount)
            }
        }
    }
}

/// Reads the text of a file, without whitespace at its end.
fn read(path: &Path) -> Result<SecretString, Error> {
    let wrong =
        |what: &str| Error::secret(format!("secret manager: the file `{}` {what}", path.display()));
    let file = std::fs::File::open(path).map_err(|error| wrong("cannot be read").because(error))?;
    let mut text = String::new();
    let length = file
        .take(LONGEST_FILE + 1)
        .read_to_string(&mut text)
        .map_err(|error| wrong("cannot be read").because(error))?;
    // Wiped on drop, also on the error paths.
    let text = SecretString::from(text);
    let trimmed = text.expose_secret().trim_end();
    if length as u64 > LONGEST_FILE
        || trimmed.is_empty()
        || !trimmed.bytes().all(|b| b.is_ascii_graphic())
    {
        return Err(wrong("contains no valid credential"));
    }
    Ok(trimmed.to_owned().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_no_secret() {
        for auth in [
            VaultAuth::app_role("bot", "canary-6c2f".to_owned()),
            VaultAuth::app_role("bot", "canary-6c2f".to_owned()).at("eu"),
        ] {
            assert!(!format!("{auth:?}").contains("canary"), "{auth:?}");
        }
    }

    #[test]
    fn an_unreadable_file_is_named_in_the_error() {
        let error = VaultAuth::token_file("/nowhere/token").proof().err().expect("no file");
        assert_eq!(error.to_string(), "secret manager: the file `/nowhere/token` cannot be read");
    }
}
