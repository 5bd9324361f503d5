-- Everything that the issuer keeps. What is personal is marked so; it is deleted when the result expires.
-- The keys are elsewhere (the key store), and so are the codes (derived, never stored).

CREATE TABLE accounts (
    number      INTEGER PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE,
    role        TEXT    NOT NULL,
    key_hash    BLOB    NOT NULL UNIQUE,   -- SHA-256 of the API key
    daily_quota BIGINT  NOT NULL,
    closed_at   BIGINT                     -- seconds since 1970; null while the key is accepted
);

-- How much of its quota an account has used. Days before yesterday are deleted.
CREATE TABLE quota_used (
    account BIGINT NOT NULL REFERENCES accounts (number),
    day     BIGINT NOT NULL,               -- days since 1970, UTC
    used    BIGINT NOT NULL,
    PRIMARY KEY (account, day)
);

CREATE TABLE results (
    number      INTEGER PRIMARY KEY,       -- in the order of issuing; inside the database only
    id          BLOB   NOT NULL UNIQUE,    -- 16 bytes, derived from the account and the client's request
    account     BIGINT NOT NULL REFERENCES accounts (number),
    draft       BLOB   NOT NULL,           -- personal: what was submitted, as it was parsed
    issued_at   BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,           -- when the last of its credentials expires
    state       BIGINT NOT NULL,           -- result.rs, State
    reason      BIGINT,                    -- result.rs, Reason
    replaced_by BLOB,                      -- the id of the corrected result
    attempts    BIGINT NOT NULL DEFAULT 0, -- wrong transaction codes since the last reset
    accepted_at BIGINT                     -- when the wallet acknowledged its credentials
);
CREATE INDEX results_by_expiry ON results (expires_at);

-- One row for each signed credential; its number is its place, so that a batch lies together.
CREATE TABLE credentials (
    place      INTEGER PRIMARY KEY,        -- batch × 256 + slot
    result     BIGINT NOT NULL REFERENCES results (number),
    shape      BIGINT NOT NULL,            -- store/credentials.rs, ShapeNumber
    holder     BLOB,                       -- the wallet's key that it is bound to: 33 bytes, or null for paper
    bytes      BLOB   NOT NULL,            -- personal: the credential without its proof
    commitment BLOB   NOT NULL             -- 32 bytes
);
CREATE INDEX credentials_by_result ON credentials (result);

CREATE TABLE batches (
    number     INTEGER PRIMARY KEY,        -- gapless from 0; a batch has a row once it is closed
    seed       BLOB,                       -- 32 random bytes, from which the decoys are made; null after expiry
    leaves     BLOB,                       -- 256 hashes of 32 bytes; null after expiry
    expiry_day BIGINT NOT NULL             -- days since 1970, when all of its credentials have expired
);
CREATE INDEX batches_live ON batches (expiry_day) WHERE leaves IS NOT NULL;

-- What was signed for the ledger: the outbox while anchored_at is null, and the proof of continuity after it.
CREATE TABLE entries (
    kind            BIGINT NOT NULL,       -- as in the entry
    number          BIGINT NOT NULL,       -- gapless for each kind
    entry           BLOB   NOT NULL,       -- 144 bytes
    object          BLOB,                  -- what the root is the hash of, unless that is a batch; null once superseded
    made_at         BIGINT NOT NULL,       -- milliseconds since 1970
    anchored_at     BIGINT,                -- milliseconds since 1970
    log_index       BIGINT,
    checkpoint_size BIGINT,
    PRIMARY KEY (kind, number)
);
CREATE INDEX entries_waiting ON entries (kind, number) WHERE anchored_at IS NULL;

-- Revoked places, decoys among them; nothing here says whose or why.
CREATE TABLE revoked_places (
    place        INTEGER PRIMARY KEY,
    revoked_at   BIGINT NOT NULL,
    published_in BIGINT                    -- number of the first snapshot that lists it; null while it waits
);
CREATE INDEX revoked_places_waiting ON revoked_places (place) WHERE published_in IS NULL;
