module attest.example/check

go 1.27

require golang.org/x/mod v0.0.0

// The copy that the Go toolchain carries; `../run` puts it there.
replace golang.org/x/mod => ../../../target/interop/golang.org/x/mod
