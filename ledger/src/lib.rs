//! Merkle tree, checkpoints, cosignatures, entries and proofs of the Attest ledger, as pure code.
