-- One row: what the writers of all processes agree on (store/writing.rs).
CREATE TABLE writing (
    revision      BIGINT NOT NULL,         -- one more with every transaction that changed something
    admitted      BIGINT NOT NULL,         -- the revision that last changed an account or an accredited key
    waiting_since BIGINT,                  -- since when the batch that closes next waits for people; null while nothing waits
    secret_check  BLOB                     -- 16 bytes, derived from the key store's secret: whether a process has the same one
);
INSERT INTO writing (revision, admitted) VALUES (0, 0);
