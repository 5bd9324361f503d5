//! The holder's wallet: import, keep, disclose, present; pure code.
