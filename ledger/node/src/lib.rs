//! A log and a witness on local files, served over HTTP.
