//! The issuer as a service: HTTP, database, key store.
