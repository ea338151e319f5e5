//! The client of one service, made when it is first used: each reads a table of AWS's partitions, and most
//! commands need few services.

use std::fmt::{self, Debug, Formatter};
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

type Make<C> = Box<dyn FnOnce() -> C + Send>;

pub struct Service<C>(Arc<LazyLock<C, Make<C>>>);

impl<C> Service<C> {
    pub fn new(make: impl FnOnce() -> C + Send + 'static) -> Self {
        Self(Arc::new(LazyLock::new(Box::new(make))))
    }
}

impl<C> Clone for Service<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C> Debug for Service<C> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

impl<C> Deref for Service<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.0
    }
}
