//! The models that behave differently: one file each. Everything else is a row in the catalog.

pub(crate) mod cloth;
pub(crate) mod rvm;
pub(crate) mod sam;
