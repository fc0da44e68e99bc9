//! The requests of one commit, and the answers to their callers.

use crate::service::error::Error;
use crate::service::leaderboards::commit::{Committer, Outcomes, Reply};
use crate::service::ports::ledger::{Entry, Renamed, Renaming};

/// Requests that are committed together.
#[derive(Default)]
pub(crate) struct Pending {
    pub(crate) entries: Vec<Result<Entry, Error>>,
    /// The number of entries of each caller, in order.
    pub(crate) submitters: Vec<(usize, Reply<Outcomes>)>,
    /// A submission and a renaming of one player here are concurrent, so the renaming wins.
    pub(crate) renamings: Vec<Renaming>,
    pub(crate) renamers: Vec<Reply<()>>,
}

impl Pending {
    /// Number of changes.
    pub(crate) fn len(&self) -> usize {
        self.entries.len() + self.renamings.len()
    }
}

impl Committer {
    /// Commits pending requests and answers them.
    pub(crate) async fn answer(&mut self, pending: Pending) {
        let Pending {
            entries: admitted,
            submitters,
            renamings,
            renamers,
        } = pending;
        if submitters.is_empty() && renamers.is_empty() {
            return;
        }
        let mut entries = Vec::with_capacity(admitted.len());
        let admitted: Vec<Result<(), Error>> = admitted
            .into_iter()
            .map(|entry| entry.map(|entry| entries.push(entry)))
            .collect();
        // A reply fails only if the caller is gone.
        match self.commit(entries, &renamings).await {
            Ok((outcomes, renamed)) => {
                let mut committed = outcomes.into_iter();
                let mut outcomes = admitted.into_iter().map(|admitted| {
                    admitted.and_then(|()| committed.next().expect("one outcome an entry"))
                });
                for (count, reply) in submitters {
                    let _ = reply.send(Ok(outcomes.by_ref().take(count).collect()));
                }
                let answers = renamings.into_iter().zip(renamed);
                for (reply, (renaming, renamed)) in renamers.into_iter().zip(answers) {
                    let _ = reply.send(answer_of(renaming, &renamed));
                }
            }
            Err(error) => {
                for (_, reply) in submitters {
                    let _ = reply.send(Err(error.clone()));
                }
                for reply in renamers {
                    let _ = reply.send(Err(error.clone()));
                }
            }
        }
    }
}

fn answer_of(renaming: Renaming, renamed: &Renamed) -> Result<(), Error> {
    match renamed {
        Renamed::Now(_) => Ok(()),
        Renamed::Fixed => {
            let why = "a moderator gave this name; only a moderator gives another";
            Err(Error::Forbidden(why.to_owned()))
        }
        Renamed::Erased(at) => Err(Error::Erased(renaming.player, *at)),
        Renamed::Unreadable(error) => Err(error.clone().into()),
    }
}
