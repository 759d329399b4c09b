//! Models that need code, one file each. Other models are only entries of the catalog.

pub(crate) mod cloth;
pub(crate) mod rvm;
pub(crate) mod sam;
