//! Bounds the number of open connections of each address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::http::connections::client_address::network;

/// Numbers of open connections by address. An address without any is not stored.
pub(crate) struct AddressCount {
    /// Maximum number of connections of an address.
    most: u32,
    open: Mutex<HashMap<IpAddr, u32>>,
}

/// A permit for one connection of an address, until it is dropped.
pub(crate) struct AddressPermit {
    count: Arc<AddressCount>,
    address: IpAddr,
}

impl AddressCount {
    pub(crate) fn new(most: u32) -> Arc<Self> {
        Arc::new(Self {
            most,
            open: Mutex::default(),
        })
    }

    /// Takes a permit for a connection; `None` if its address has the maximum number of them. An
    /// IPv6 network counts as one address.
    pub(crate) fn enter(self: &Arc<Self>, from: IpAddr) -> Option<AddressPermit> {
        let address = network(from);
        let mut addresses = self.lock();
        let open = addresses.entry(address).or_default();
        // An entry of zero would stay. There is none, because the maximum is at least 1.
        if *open >= self.most {
            return None;
        }
        *open += 1;
        Some(AddressPermit {
            count: self.clone(),
            address,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, u32>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for AddressPermit {
    fn drop(&mut self) {
        let mut addresses = self.count.lock();
        if let Some(open) = addresses.get_mut(&self.address) {
            *open -= 1;
            if *open == 0 {
                addresses.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_of_an_address_are_bounded_until_they_are_dropped() {
        let count = AddressCount::new(2);
        let enter = |address: &str| count.enter(address.parse().unwrap());
        let (first, second) = (enter("1.2.3.4"), enter("::ffff:1.2.3.4"));
        assert!(first.is_some() && second.is_some());
        assert!(enter("1.2.3.4").is_none());
        assert!(enter("1.2.3.5").is_some());
        drop(first);
        let third = enter("1.2.3.4");
        assert!(third.is_some());
        drop((second, third));
        assert!(count.lock().is_empty());
    }
}
