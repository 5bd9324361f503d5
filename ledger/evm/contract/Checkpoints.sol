// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// Checkpoints of transparency logs (schemas/spec/chain.md).
///
/// Records are kept by sender, so that nobody can write, replace or block another's, and nobody needs to own the contract.
/// Who reads a record names the sender whose word it is.
contract Checkpoints {
    struct Record {
        bytes32 root;
        uint64 size;
        uint64 time;
    }

    /// By sender, then by SHA-256 of the log's origin.
    mapping(address => mapping(bytes32 => Record)) private records;

    /// Every anchored checkpoint, also those that later ones have replaced.
    event Anchored(address indexed by, bytes32 indexed origin, uint64 size, bytes32 root);

    /// The sender's record has more entries.
    error Smaller(uint64 size);
    /// The sender's record has as many entries and another root.
    error OtherRoot(bytes32 root);

    /// Keeps a checkpoint of the sender. The same one again renews its time.
    function anchor(bytes32 origin, uint64 size, bytes32 root) external {
        Record storage kept = records[msg.sender][origin];
        (uint64 known, bytes32 before) = (kept.size, kept.root);
        if (size < known) revert Smaller(known);
        if (size == known && root != before) revert OtherRoot(before);
        if (root != before) kept.root = root;
        kept.size = size;
        kept.time = uint64(block.timestamp);
        emit Anchored(msg.sender, origin, size, root);
    }

    /// The latest checkpoint that this sender anchored of this log, and the time of its block; of size 0 if there is none.
    function latest(address by, bytes32 origin) external view returns (uint64 size, bytes32 root, uint64 time) {
        Record storage kept = records[by][origin];
        return (kept.size, kept.root, kept.time);
    }
}
