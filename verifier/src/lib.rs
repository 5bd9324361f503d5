//! Decides what a scanned credential is worth, offline; pure code.
