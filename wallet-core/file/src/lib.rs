//! The wallet's vault as an encrypted file.
