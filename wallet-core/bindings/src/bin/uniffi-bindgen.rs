//! Generates the bindings of both libraries (`docs/phones.md`).

fn main() {
    uniffi::uniffi_bindgen_main();
}
