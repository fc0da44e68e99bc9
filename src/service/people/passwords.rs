//! Password hashing with Argon2id (19 MiB, two passes: OWASP's first choice). Only a few
//! hashes run at a time, and the queue is short, so sign-ins cannot starve other work.

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, SaltString};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use crate::Password;
use crate::service::error::Error;
use crate::service::ports::entropy::Entropy;

/// Maximum number of requests waiting for a hash.
const MAX_WAITING: usize = 32;

/// Hashes and verifies passwords.
pub(super) struct Passwords {
    entropy: Arc<dyn Entropy>,
    waiting: Semaphore,
    hashing: Arc<Semaphore>,
    /// Hash to verify for unknown handles, so that the response time reveals nothing.
    nobody: String,
}

impl Passwords {
    pub(super) fn new(entropy: Arc<dyn Entropy>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let nobody = hash(b"", &salt(&*entropy));
        Self {
            entropy,
            waiting: Semaphore::new(MAX_WAITING),
            hashing: Arc::new(Semaphore::new((cores / 2).max(1))),
            nobody,
        }
    }

    /// A hash that matches no person's password.
    pub(super) fn nobody(&self) -> String {
        self.nobody.clone()
    }

    /// Hash of a password, in PHC format.
    pub(super) async fn hash(&self, password: Password) -> Result<String, Error> {
        let salt = salt(&*self.entropy);
        self.in_turn(move || hash(password.expose().as_bytes(), &salt))
            .await
    }

    /// Whether a password matches a hash.
    pub(super) async fn verify(&self, password: Password, stored: String) -> Result<bool, Error> {
        let verify = move || {
            let stored = PasswordHash::new(&stored);
            stored.is_ok_and(|stored| {
                let password = password.expose().as_bytes();
                argon2().verify_password(password, &stored).is_ok()
            })
        };
        self.in_turn(verify).await
    }

    /// Runs CPU-bound work on a blocking thread. Only a few run at a time.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let _place = self.waiting.try_acquire().map_err(|_| Error::Busy)?;
        let turn = self.hashing.clone().acquire_owned().await;
        let turn = turn.map_err(|_| Error::stopping())?;
        let work = tokio::task::spawn_blocking(move || {
            // The permit is held until the work is done, even if the caller is gone.
            let _turn = turn;
            work()
        });
        work.await.map_err(|_| Error::stopping())
    }
}

fn salt(entropy: &dyn Entropy) -> [u8; 16] {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    salt
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(19_456, 2, 1, None).expect("OWASP's parameters");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &[u8], salt: &[u8; 16]) -> String {
    let salt = SaltString::encode_b64(salt).expect("16 bytes are a salt");
    let hash = argon2().hash_password(password, &salt);
    hash.expect("a password of some bytes").to_string()
}
