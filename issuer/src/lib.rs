//! Drafts, signs, batches and revokes health-status credentials, as pure code.

pub mod batch;
