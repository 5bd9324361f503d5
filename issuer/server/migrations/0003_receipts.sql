-- The identity of the receipt in force, 8 bytes; null is the first, which comes with the offer (receipt.rs). It changes when
-- the result moves to another wallet; the copies from before lose their `holder`, so that no key finds them again.
ALTER TABLE results ADD COLUMN receipt BLOB;
