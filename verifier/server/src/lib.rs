//! The verifier as a command line and an HTTP service.
