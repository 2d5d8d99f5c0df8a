-- One partition holds what is older than the first day: its bound moves up as days are dropped, with what is kept of them.
ALTER TABLE readings_before_2000 RENAME TO readings_before;
ALTER INDEX readings_before_2000_pkey RENAME TO readings_before_pkey;
