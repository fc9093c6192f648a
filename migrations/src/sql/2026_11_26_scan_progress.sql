-- How far a scan has come, for whoever asks while it runs: who compares everybody is another process than who answers. The numbers are of the scan
-- that has the turn; whoever died with it left some behind, which mean nothing without it.
ALTER TABLE duplicate_census
  ADD COLUMN scan_compared bigint CHECK (scan_compared >= 0),
  ADD COLUMN scan_total bigint CHECK (scan_total >= scan_compared),
  ADD CONSTRAINT duplicate_census_scan_is_whole CHECK ((scan_compared IS NULL) = (scan_total IS NULL));
