//! X.509 certificates, written by hand: a signer of EU certificates.
