//! The contract `Checkpoints`: its calls as its source declares them, and its code as solc made it of them.

use alloy::primitives::Bytes;

/// The code that deploys it; a test compiles it anew where npm is at hand.
const CODE: &str = include_str!("../contract/Checkpoints.hex");

#[allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    unused_qualifications,
    reason = "generated"
)]
mod bindings {
    alloy::sol!("contract/Checkpoints.sol");
}
pub(crate) use bindings::Checkpoints::{anchorCall, latestCall};

pub(crate) fn code() -> Bytes {
    hex::decode(CODE.trim_end()).expect("a test decodes it").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::primitives::keccak256;

    #[test]
    fn the_code_has_the_calls_of_the_source() {
        let code = code();
        for signature in ["anchor(bytes32,uint64,bytes32)", "latest(address,bytes32)"] {
            let selector = &keccak256(signature)[..4];
            assert!(code.windows(4).any(|window| window == selector), "{signature}");
        }
        assert!(code.len() < 1_000, "{}", code.len());
    }
}
