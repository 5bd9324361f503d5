-- For the list of an account's own results, the newest first.
CREATE INDEX results_by_account ON results (account, number);
